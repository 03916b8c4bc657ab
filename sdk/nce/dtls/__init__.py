"""A DTLS 1.2 client with pre-shared keys (RFC 6347, 5246, 4279, 6655, 7627, 7925).

    primitives, aes, ccm, gcm, cbc     cryptography
    suites, record, handshake          the wire, pure
    flight, reassembly                 what a handshake sends again, and puts together
    negotiation, client, saved         handshake, session, session over a sleep; sans-IO
    session                            a datagram port over a datagram port; asyncio
    native                             the same with the interpreter's own TLS, where it has DTLS

Import from the rooms (`from nce.dtls.session import DtlsPort`): a board then loads only those.
"""
