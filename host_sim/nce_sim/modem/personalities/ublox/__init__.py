"""u-blox SARA modems: sockets by number, data in quotes, an `@` for a prompt."""
