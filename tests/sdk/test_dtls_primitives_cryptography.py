"""Our CCM, GCM, CBC, PRF and AES beside `cryptography` and `hmac`, on drawn inputs."""

import hmac
import struct

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM
from hypothesis import example, given
from hypothesis import strategies as st

import nce.dtls.aes
from nce.dtls.aes import Aes128, NativeCcm, NativeGcm, chained, each_block
from nce.dtls.aes_inverse import InverseAes128
from nce.dtls.cbc import CbcProtection
from nce.dtls.ccm import Ccm
from nce.dtls.gcm import Gcm
from nce.dtls.handshake import Malformed, fragments_of, parse_server_hello
from nce.dtls.primitives import Hmac, aes_block, cbc_encryptor
from nce.dtls.record import headers_of
from nce.dtls.suites import ALL, key_block_length, protections
from support.search import examples

KEYS = st.binary(min_size=16, max_size=16)


@given(KEYS, KEYS)
def test_aes_of_python(key, block):
    ours = bytearray(16)
    Aes128(key).encrypt(block, ours)
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()
    assert bytes(ours) == encryptor.update(block)


@examples(200)
@given(
    KEYS,
    st.binary(min_size=7, max_size=13),
    st.binary(min_size=1, max_size=64),
    st.binary(max_size=200),
    st.sampled_from([4, 8, 10, 16]),
)
@example(bytes(16), bytes(12), bytes(13), bytes(5000), 8)  # more blocks than a byte counts
@example(bytes(16), bytes(12), bytes(14), bytes(9), 8)  # just fills its block with its length
@example(bytes(16), bytes(12), bytes(23 + 255), bytes(9), 8)  # a header with the longest ID
def test_ccm(key, nonce, additional, plaintext, tag_length):
    theirs = AESCCM(key, tag_length).encrypt(nonce, plaintext, additional)
    for primitives in (
        (aes_block, cbc_encryptor),
        (
            lambda key: each_block(Aes128(key).encrypt),
            lambda key, vector: chained(Aes128(key).encrypt, vector),
        ),
    ):
        ccm = Ccm(key, tag_length, *primitives)
        assert ccm.seal(nonce, plaintext, additional) == theirs
        assert ccm.open(nonce, theirs, additional) == plaintext


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


@examples(100)
@given(KEYS, st.binary(min_size=12, max_size=12), st.binary(max_size=64), st.binary(max_size=200))
def test_gcm(key, nonce, additional, plaintext):
    theirs = AESGCM(key).encrypt(nonce, plaintext, additional)
    gcm = Gcm(key, 16, lambda key: each_block(Aes128(key).encrypt))
    assert gcm.seal(nonce, plaintext, additional) == theirs
    assert gcm.open(nonce, theirs, additional) == plaintext


@given(
    KEYS,
    st.binary(min_size=12, max_size=12),
    st.binary(min_size=1, max_size=64),
    st.binary(max_size=200),
    st.sampled_from([(8, NativeCcm, Ccm), (16, NativeCcm, Ccm), (16, NativeGcm, Gcm)]),
)
def test_where_the_interpreter_has_a_mode_it_is_ours(key, nonce, additional, plaintext, kind):
    tag_length, native, made = kind
    ours, theirs = made(key, tag_length), native(key, tag_length)
    sealed = ours.seal(nonce, plaintext, additional)
    assert theirs.seal(nonce, plaintext, additional) == sealed
    assert theirs.open(nonce, sealed, additional) == plaintext
    for size in range(len(sealed)):
        assert theirs.open(nonce, sealed[:size], additional) is None


@given(KEYS, KEYS)
def test_aes_of_python_backwards(key, block):
    ours = bytearray(16)
    InverseAes128(key).decrypt(block, ours)
    decryptor = Cipher(algorithms.AES(key), modes.ECB()).decryptor()
    assert bytes(ours) == decryptor.update(block)


@given(KEYS, st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.booleans())
def test_cbc_is_what_the_rfcs_say(key, mac_key, plaintext, encrypt_then_mac):
    number, header = bytes(range(8)), bytes(range(11))
    fragment = CbcProtection(key, mac_key, encrypt_then_mac).seal(number, header, plaintext)

    def code(content):
        return hmac.digest(mac_key, header + struct.pack(">H", len(content)) + content, "sha256")

    if encrypt_then_mac:
        fragment, last = fragment[:-32], fragment[-32:]
        assert last == code(fragment)
    decryptor = Cipher(algorithms.AES(key), modes.CBC(fragment[:16])).decryptor()
    body = decryptor.update(fragment[16:])
    padding = body[-1]
    assert body[-padding - 1 :] == bytes([padding]) * (padding + 1)
    expected = plaintext if encrypt_then_mac else plaintext + code(plaintext)
    assert body[: -padding - 1] == expected


@pytest.mark.parametrize("encrypt_then_mac", [False, True])
@pytest.mark.parametrize("suite", ALL)
def test_without_any_library_the_records_are_the_same(monkeypatch, suite, encrypt_then_mac):
    """A board that has no AES at all: everything is made by `nce.dtls.aes`."""
    block = bytes(range(key_block_length(suite)))
    swapped = b"".join(
        block[start + size : start + 2 * size] + block[start : start + size]
        for start, size in (
            (0, suite.mac_length),
            (2 * suite.mac_length, 16),
            (2 * suite.mac_length + 32, suite.salt_length),
        )
    )
    number, header, texts = bytes(range(8)), bytes(range(11)), [bytes(9), b"", bytes(range(200))]
    ours, _ = protections(suite, block, encrypt_then_mac)
    sealed = [ours.seal(number, header, text) for text in texts]
    monkeypatch.setattr(nce.dtls.aes, "Cipher", None)
    alone, _ = protections(suite, block, encrypt_then_mac)
    assert [alone.seal(number, header, text) for text in texts] == sealed
    _, opener = protections(suite, swapped, encrypt_then_mac)
    assert [opener.open(number, header, fragment) for fragment in sealed] == texts
    for fragment in sealed:
        for damaged in (fragment[:-1], fragment[:-1] + bytes([fragment[-1] ^ 1])):
            assert opener.open(number, header, damaged) is None
