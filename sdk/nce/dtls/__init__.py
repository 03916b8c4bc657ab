"""A DTLS 1.2 client with pre-shared keys (RFC 6347, 5246, 4279, 6655, 7627, 7925).

    primitives, aes, ccm, prf      cryptography
    record, handshake              the wire, pure
    epochs, flight, reassembly     what a session keeps of it
    client                         the handshake and the session, sans-IO
    session                        a datagram port over a datagram port, asyncio

Import from the rooms (`from nce.dtls.session import DtlsPort`): a board then loads only those.
"""
