"""The Device Authenticator: the DTLS keys of SIMs."""
