"""DTLS 1.2 as bytes: records, handshake messages, suites and keys (RFC 6347, RFC 5246)."""
