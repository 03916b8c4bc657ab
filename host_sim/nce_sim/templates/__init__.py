"""Energy Saver templates proposed from records, for the command line and for the portal."""
