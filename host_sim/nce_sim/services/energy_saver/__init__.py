"""The Energy Saver: payloads to JSON by the templates of a customer."""
