"""The Device Integrator: which endpoints an organisation uses, and their settings."""
