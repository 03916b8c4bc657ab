"""The SMS forwarder's servers: what SIMs send, and delivery reports, by HTTPS."""
