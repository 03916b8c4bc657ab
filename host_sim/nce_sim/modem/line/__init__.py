"""The serial line: UART, line editing, the grammar of commands, payloads, results."""
