"""The Device Authenticator: keys that a SIM is known by."""
