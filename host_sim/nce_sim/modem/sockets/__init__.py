"""Sockets that a modem offers its host, and the DTLS client of modems that offload DTLS."""
