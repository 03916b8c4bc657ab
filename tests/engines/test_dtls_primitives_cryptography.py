"""Our CCM, PRF and AES beside `cryptography` and `hmac`, on drawn inputs."""

import hmac

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM
from hypothesis import given, settings
from hypothesis import strategies as st

from nce.dtls.aes import Aes128
from nce.dtls.ccm import Ccm
from nce.dtls.handshake import Malformed, fragments_of, parse_server_hello
from nce.dtls.primitives import Hmac, aes_block
from nce.dtls.record import headers_of

KEYS = st.binary(min_size=16, max_size=16)


@given(KEYS, KEYS)
def test_aes_of_python(key, block):
    ours = bytearray(16)
    Aes128(key).encrypt(block, ours)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    assert bytes(ours) == encryptor.update(block)


@settings(max_examples=200)
@given(
    KEYS,
    st.binary(min_size=7, max_size=13),
    st.binary(min_size=1, max_size=64),
    st.binary(max_size=200),
    st.sampled_from([4, 8, 10, 16]),
    st.integers(0, 20),
)
def test_ccm(key, nonce, additional, plaintext, tag_length, start):
    theirs = AESCCM(key, tag_length).encrypt(nonce, plaintext, additional)
    for encrypt in (aes_block(key), Aes128(key).encrypt):
        ccm = Ccm(encrypt, tag_length)
        buffer = bytearray(start) + bytearray(plaintext) + bytearray(tag_length)
        ccm.seal(buffer, start, len(plaintext), nonce, additional)
        assert bytes(buffer[start:]) == theirs
        assert ccm.open(buffer, start, len(plaintext), nonce, additional)
        assert bytes(buffer[start : start + len(plaintext)]) == plaintext


@given(st.binary(max_size=200), st.lists(st.binary(max_size=100), max_size=4))
def test_hmac(key, parts):
    assert Hmac(key).digest(*parts) == hmac.digest(key, b"".join(parts), "sha256")


@given(st.binary(max_size=200))
def test_parsers_take_any_bytes_or_say_that_they_are_malformed(data):
    headers_of(data)
    for parse in (fragments_of, parse_server_hello):
        try:
            parse(data)
        except Malformed:
            pass
