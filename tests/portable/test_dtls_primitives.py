"""Cryptography against published vectors: FIPS 197, RFC 3610, RFC 4231, TLS 1.2 PRF."""

from nce.dtls import primitives
from nce.dtls.aes import Aes128, chained, each_block
from nce.dtls.aes_inverse import InverseAes128, unchained
from nce.dtls.cbc import cbc_decryptor
from nce.dtls.ccm import Ccm
from nce.dtls.primitives import prf, psk_premaster


def octets(text):
    return bytes.fromhex(text.replace(" ", ""))


# FIPS 197, B and C.1: (key, plaintext, ciphertext)
AES_VECTORS = (
    (
        "2b7e151628aed2a6abf7158809cf4f3c",
        "3243f6a8885a308d313198a2e0370734",
        "3925841d02dc09fbdc118597196a0b32",
    ),
    (
        "000102030405060708090a0b0c0d0e0f",
        "00112233445566778899aabbccddeeff",
        "69c4e0d86a7b0430d8cdb78070b4c55a",
    ),
)

CCM_KEY = octets("c0c1c2c3c4c5c6c7c8c9cacbcccdcecf")

# RFC 3610, 8, packet vectors 1, 2, 3 and 7: (tag length, nonce, packet length, sealed packet); the
# first 8 bytes of the packet 00 01 02 ... are additional data.
CCM_VECTORS = (
    (
        8,
        "00000003020100a0a1a2a3a4a5",
        31,
        "0001020304050607 588c979a61c663d2f066d0c2c0f989806d5f6b61dac384 17e8d12cfdf926e0",
    ),
    (
        8,
        "00000004030201a0a1a2a3a4a5",
        32,
        "0001020304050607 72c91a36e135f8cf291ca894085c87e3cc15c439c9e43a3b a091d56e10400916",
    ),
    (
        8,
        "00000005040302a0a1a2a3a4a5",
        33,
        "0001020304050607 51b1e5f44a197d1da46b0f8e2d282ae871e838bb64da859657 4adaa76fbd9fb0c5",
    ),
    (
        10,
        "00000009080706a0a1a2a3a4a5",
        31,
        "0001020304050607 0135d1b2c95f41d5d1d4fec185d166b8094e999dfed96c 048c56602c97acbb7490",
    ),
)

# RFC 4231, test cases 1, 2 and 6: (key, data, HMAC-SHA-256)
HMAC_VECTORS = (
    (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
)

# The P_SHA256 vector that was posted to the TLS working group's list when TLS 1.2 came out.
PRF_SECRET = octets("9bbe436ba940f017b17652849a71db35")
PRF_SEED = octets("a0ba9f936cda311827a6f796ffd5198c")
PRF_OUTPUT = octets(
    "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a"
    "6b301791e90d35c9c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab"
    "4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701"
    "87347b66"
)


# NIST SP 800-38A, F.2.1: CBC of AES-128: (key, vector, plaintext, ciphertext), two blocks.
CBC_VECTOR = (
    "2b7e151628aed2a6abf7158809cf4f3c",
    "000102030405060708090a0b0c0d0e0f",
    "6bc1bee22e409f96e93d7e117393172a ae2d8a571e03ac9c9eb76fac45af8e51",
    "7649abac8119b246cee98e9b12e9197d 5086cb9b507219ee95db113a917678b2",
)


def blocks():
    return (
        ("seam", primitives.aes_block, primitives.cbc_encryptor),
        (
            "python",
            lambda key: each_block(Aes128(key).encrypt),
            lambda key, vector: chained(Aes128(key).encrypt, vector),
        ),
    )


def test_aes_block_of_the_seam_and_of_the_fallback():
    for name, aes_block, _cbc in blocks():
        for key, plaintext, ciphertext in AES_VECTORS:
            encrypt = aes_block(octets(key))
            block = bytearray(octets(plaintext))
            encrypt(block, block)
            assert bytes(block) == octets(ciphertext), name
            source = bytearray(octets(plaintext) * 3)
            several = bytearray(48)
            encrypt(source, several)
            assert bytes(several) == octets(ciphertext) * 3, name
            assert bytes(source) == octets(plaintext) * 3, name


def test_cbc_goes_on_from_where_it_was():
    key, vector, plaintext, ciphertext = [octets(text) for text in CBC_VECTOR]
    for name, _block, cbc_encryptor in blocks():
        encrypt = cbc_encryptor(key, vector)
        whole = bytearray(plaintext)
        encrypt(whole, whole)
        assert bytes(whole) == ciphertext, name
        encrypt = cbc_encryptor(key, vector)
        for start in (0, 16):
            block = bytearray(plaintext[start : start + 16])
            encrypt(block, block)
            assert bytes(block) == ciphertext[start : start + 16], name
    body = bytearray(ciphertext)
    cbc_decryptor(key, vector)(body, body)
    assert bytes(body) == plaintext
    body = bytearray(ciphertext)
    unchained(InverseAes128(key).decrypt, vector)(body, body)
    assert bytes(body) == plaintext


def test_ccm_seals_and_opens_the_packets_of_rfc_3610():
    for tag_length, nonce, length, packet in CCM_VECTORS:
        for name, aes_block, cbc_encryptor in blocks():
            ccm = Ccm(CCM_KEY, tag_length, aes_block, cbc_encryptor)
            additional = bytes(range(8))
            plaintext = bytes(range(8, length))
            sealed = ccm.seal(octets(nonce), plaintext, additional)
            assert additional + sealed == octets(packet), name
            assert ccm.open(octets(nonce), sealed, additional) == plaintext, name


def test_ccm_refuses_a_packet_with_any_bit_changed():
    tag_length, nonce, _length, packet = CCM_VECTORS[0]
    packet = octets(packet)
    for name, aes_block, cbc_encryptor in blocks():
        ccm = Ccm(CCM_KEY, tag_length, aes_block, cbc_encryptor)
        for index in range(len(packet)):
            for bit in (1, 128):
                changed = bytearray(packet)
                changed[index] ^= bit
                changed = bytes(changed)
                assert ccm.open(octets(nonce), changed[8:], changed[:8]) is None, (name, index)
        for size in range(8, len(packet)):
            assert ccm.open(octets(nonce), packet[8:size], packet[:8]) is None, (name, size)


def test_hmac():
    for key, data, code in HMAC_VECTORS:
        hmac = primitives.Hmac(key)
        assert hmac.digest(data) == octets(code)
        assert hmac.digest(data[:5], b"", data[5:]) == octets(code)


def test_prf():
    assert prf(PRF_SECRET, b"test label", PRF_SEED, 100) == PRF_OUTPUT
    assert prf(PRF_SECRET, b"test label", PRF_SEED, 12) == PRF_OUTPUT[:12]


def test_premaster_of_a_pre_shared_key():
    # RFC 4279, 2: the key's length, that many zero bytes, the length again, the key.
    assert psk_premaster(b"abc") == b"\x00\x03\x00\x00\x00\x00\x03abc"
    assert psk_premaster(b"a" * 256) == b"\x01\x00" + bytes(256) + b"\x01\x00" + b"a" * 256


def test_equal():
    assert primitives.equal(b"", b"")
    assert primitives.equal(b"ab", bytearray(b"ab"))
    assert not primitives.equal(b"ab", b"ac")
    assert not primitives.equal(b"ab", b"abc")
