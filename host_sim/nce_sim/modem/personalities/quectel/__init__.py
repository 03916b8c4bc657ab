"""What Quectel's modems have in common beyond the standards."""
