"""The groups of the `nce` command that need no driver; `nce_cli` puts them together."""
