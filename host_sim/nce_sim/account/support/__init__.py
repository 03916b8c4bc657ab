"""Service requests to 1NCE's support."""
