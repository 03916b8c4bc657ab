"""Energy Saver templates from the outside: proposed from records, and weighed against rivals."""
