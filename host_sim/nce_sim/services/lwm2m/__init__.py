"""LwM2M: bootstrap contents, registrations, observations, and what is asked of clients."""
