"""Sans-IO servers at addresses of the simulated network, and their way to the services."""
