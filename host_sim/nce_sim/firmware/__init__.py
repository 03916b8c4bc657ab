"""The project's firmware on this host: compiled as a board carries it, run as a process."""
