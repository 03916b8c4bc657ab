"""The pseudorandom function of TLS 1.2 and the secrets derived by it (RFC 5246, 5 and 6.3).

master = extended_master_secret(psk_premaster(key), session_hash)
keys = key_block(master, client_random, server_random, 40)
"""

from nce.dtls.primitives import Hmac


def prf(secret, label, seed, length):
    """P_SHA256(secret, label + seed), `length` bytes (RFC 5246, 5)."""
    hmac = Hmac(secret)
    output = bytearray()
    chain = hmac.digest(label, seed)
    while len(output) < length:
        output.extend(hmac.digest(chain, label, seed))
        chain = hmac.digest(chain)
    return bytes(output[:length])


def psk_premaster(key):
    """The premaster secret of a plain pre-shared key (RFC 4279, 2)."""
    length = bytes((len(key) >> 8, len(key) & 0xFF))
    return length + bytes(len(key)) + length + key


def master_secret(premaster, client_random, server_random):
    """The 48 bytes of RFC 5246, 8.1, for a server without the extension of RFC 7627."""
    return prf(premaster, b"master secret", client_random + server_random, 48)


def extended_master_secret(premaster, session_hash):
    """The 48 bytes of RFC 7627, 4."""
    return prf(premaster, b"extended master secret", session_hash, 48)


def key_block(master, client_random, server_random, length):
    """Keys and IVs (RFC 5246, 6.3)."""
    return prf(master, b"key expansion", server_random + client_random, length)


def verify_data(master, label, transcript_hash):
    """The 12 bytes of a Finished message (RFC 5246, 7.4.9)."""
    return prf(master, label, transcript_hash, 12)
