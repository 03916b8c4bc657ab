"""A DTLS 1.2 PSK client with connection ID, written down from the RFCs for tests alone.

No peer that Python can be given speaks RFC 9146, so this one is held against a third party:
tshark decrypts its conversations (tests/interop/test_server_connection_id_tshark.py). It shares
no code with the server or the SDK, does no retransmission and checks everything it gets.
"""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM

IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
CCM_8, CCM, GCM, CBC = 0xC0A8, 0xC0A4, 0x00A8, 0x00AE


def prf(secret, label, seed, length):
    """RFC 5246, 5."""
    seed, a, out = label + seed, label + seed, b""
    while len(out) < length:
        a = hmac.digest(secret, a, "sha256")
        out += hmac.digest(secret, a + seed, "sha256")
    return out[:length]


def number(value, size):
    return value.to_bytes(size, "big")


def split_records(datagram, cid_bytes):
    """(type, epoch, sequence, connection ID, fragment) of each record."""
    while datagram:
        cid_end = 11 + (cid_bytes if datagram[0] == 25 else 0)
        end = cid_end + 2 + int.from_bytes(datagram[cid_end : cid_end + 2], "big")
        epoch, sequence = datagram[3:5], datagram[5:11]
        yield datagram[0], epoch, sequence, datagram[11:cid_end], datagram[cid_end + 2 : end]
        datagram = datagram[end:]


class Direction:
    """Protects one direction (RFC 5246, 6.2.3; RFC 7366; RFC 9146, 5)."""

    def __init__(self, suite, etm, mac_key, key, iv):
        self.etm, self.mac_key, self.key, self.iv = etm, mac_key, key, iv
        self.aead = {
            CCM_8: lambda: AESCCM(key, tag_length=8),
            CCM: lambda: AESCCM(key, tag_length=16),
            GCM: lambda: AESGCM(key),
            CBC: lambda: None,
        }[suite]()
        self.tag_bytes = 8 if suite == CCM_8 else 16

    def covered(self, kind, epoch, sequence, cid, length):
        if cid:
            return (
                b"\xff" * 8
                + bytes([25, len(cid), 25])
                + b"\xfe\xfd"
                + epoch
                + sequence
                + cid
                + number(length, 2)
            )
        return epoch + sequence + bytes([kind]) + b"\xfe\xfd" + number(length, 2)

    def seal(self, kind, epoch, sequence, cid, text):
        if self.aead is not None:
            covered = self.covered(kind, epoch, sequence, cid, len(text))
            nonce = epoch + sequence
            return nonce + self.aead.encrypt(self.iv + nonce, text, covered)
        if not self.etm:
            covered = self.covered(kind, epoch, sequence, cid, len(text))
            text += hmac.digest(self.mac_key, covered + text, "sha256")
        pad = 15 - len(text) % 16
        iv = os.urandom(16)
        box = Cipher(algorithms.AES(self.key), modes.CBC(iv)).encryptor()
        sealed = iv + box.update(text + bytes([pad]) * (pad + 1))
        if self.etm:
            covered = self.covered(kind, epoch, sequence, cid, len(sealed))
            sealed += hmac.digest(self.mac_key, covered + sealed, "sha256")
        return sealed

    def open(self, kind, epoch, sequence, cid, fragment):
        if self.aead is not None:
            length = len(fragment) - 8 - self.tag_bytes
            covered = self.covered(kind, epoch, sequence, cid, length)
            return self.aead.decrypt(self.iv + fragment[:8], fragment[8:], covered)
        if self.etm:
            fragment, mac = fragment[:-32], fragment[-32:]
            covered = self.covered(kind, epoch, sequence, cid, len(fragment))
            assert mac == hmac.digest(self.mac_key, covered + fragment, "sha256")
        box = Cipher(algorithms.AES(self.key), modes.CBC(fragment[:16])).decryptor()
        text = box.update(fragment[16:])
        text = text[: -text[-1] - 1]
        if not self.etm:
            text, mac = text[:-32], text[-32:]
            covered = self.covered(kind, epoch, sequence, cid, len(text))
            assert mac == hmac.digest(self.mac_key, covered + text, "sha256")
        return text


class Client:
    """`cid` is what this client wants in the server's records; None leaves the extension out.

    `extended` offers the extended master secret (RFC 7627); the server takes it if it is offered.
    """

    def __init__(
        self,
        suite=CCM_8,
        *,
        cid=b"",
        etm=False,
        zeros=0,
        extension=54,
        identity=IDENTITY,
        renegotiation=b"\0",
        extended=True,
        key=KEY,
    ):
        self.extended, self.key = extended, key
        self.identity, self.renegotiation = identity, renegotiation
        self.suite, self.cid, self.etm, self.zeros = suite, cid, etm, zeros
        self.server_cid, self.transcript = b"", b""
        self.extension, self.random, self.sequence = extension, os.urandom(32), [0, 0]
        self.message_seq, self.echoed, self.master = 0, None, b""

    # -- handshake, one flight per call ----------------------------------------------------

    def hello(self, cookie=b""):
        extensions = number(23, 2) + b"\0\0" if self.extended else b""
        extensions += b"\xff\x01" + number(len(self.renegotiation), 2) + self.renegotiation
        if self.etm:
            extensions += number(22, 2) + b"\0\0"
        if self.cid is not None:
            value = bytes([len(self.cid)]) + self.cid
            extensions += number(self.extension, 2) + number(len(value), 2) + value
        body = b"\xfe\xfd" + self.random + b"\0" + bytes([len(cookie)]) + cookie
        body += b"\0\2" + number(self.suite, 2) + b"\1\0" + number(len(extensions), 2) + extensions
        return self.record(22, self.message(1, body))

    def answer_cookie(self, datagram):
        [(_, _, _, _, message)] = split_records(datagram, 0)
        assert message[0] == 3
        return self.hello(message[15:])

    def answer_flight(self, datagram):
        """Key exchange, ChangeCipherSpec, Finished after the server's flight 4."""
        for _, _, _, _, message in split_records(datagram, 0):
            self.transcript += message
            if message[0] == 2:
                self.read_hello(message[12:])
        exchange = self.message(16, number(len(self.identity), 2) + self.identity)
        length = number(len(self.key), 2)
        premaster = length + bytes(len(self.key)) + length + self.key
        if 23 in self.echoed:
            digest = hashlib.sha256(self.transcript).digest()
            self.master = prf(premaster, b"extended master secret", digest, 48)
        else:
            seed = self.random + self.server_random
            self.master = prf(premaster, b"master secret", seed, 48)
        mac, key, iv = (32, 16, 0) if self.suite == CBC else (0, 16, 4)
        block = prf(
            self.master, b"key expansion", self.server_random + self.random, 2 * (mac + key + iv)
        )
        parts = []
        for size in (mac, mac, key, key, iv, iv):
            parts.append(block[:size])
            block = block[size:]
        self.up = Direction(self.suite, self.etm_agreed, *parts[0::2])
        self.down = Direction(self.suite, self.etm_agreed, *parts[1::2])
        flight = self.record(22, exchange) + self.record(20, b"\1")
        digest = hashlib.sha256(self.transcript).digest()
        proof = prf(self.master, b"client finished", digest, 12)
        return flight + self.record(22, self.message(20, proof), epoch=1)

    def check_finished(self, datagram):
        finished = self.open(datagram)[-1][1]
        digest = hashlib.sha256(self.transcript).digest()
        assert finished[12:] == prf(self.master, b"server finished", digest, 12)

    def read_hello(self, body):
        self.server_random = body[2:34]
        at = 35 + body[34]
        assert int.from_bytes(body[at : at + 2], "big") == self.suite
        at += 5
        self.echoed = {}
        while at < len(body):
            end = at + 4 + int.from_bytes(body[at + 2 : at + 4], "big")
            self.echoed[int.from_bytes(body[at : at + 2], "big")] = body[at + 4 : end]
            at = end
        assert (23 in self.echoed) is self.extended
        self.etm_agreed = 22 in self.echoed
        if 54 in self.echoed:
            value = self.echoed[54]
            assert len(value) == value[0] + 1
            self.server_cid = value[1:]

    # -- records ---------------------------------------------------------------------------

    def send(self, data):
        return self.record(23, data, epoch=1)

    def record(self, kind, text, epoch=0, cid=None):
        cid = (self.server_cid if epoch else b"") if cid is None else cid
        numbers = number(epoch, 2), number(self.sequence[epoch], 6)
        self.sequence[epoch] += 1
        if cid:
            text, kind = text + bytes([kind]) + bytes(self.zeros), 25
        fragment = self.up.seal(kind, *numbers, cid, text) if epoch else text
        header = bytes([kind]) + b"\xfe\xfd" + b"".join(numbers) + cid
        return header + number(len(fragment), 2) + fragment

    def open(self, datagram):
        """(true type, content, zeros) of the protected records of a datagram."""
        opened = []
        for kind, epoch, sequence, cid, fragment in split_records(datagram, len(self.cid or b"")):
            if epoch == b"\0\0":
                continue
            assert cid == (self.cid or b"")
            text = self.down.open(kind, epoch, sequence, cid, fragment)
            if kind == 25:
                stripped = text.rstrip(b"\0")
                zeros = len(text) - len(stripped)
                opened.append((stripped[-1], stripped[:-1], zeros))
            else:
                opened.append((kind, text, 0))
        return opened

    def message(self, kind, body):
        length = number(len(body), 3)
        encoded = bytes([kind]) + length + number(self.message_seq, 2) + bytes(3) + length + body
        # The first ClientHello and its answer count for nothing (RFC 6347, 4.2.1).
        self.transcript = b"" if self.message_seq == 1 and kind == 1 else self.transcript
        self.message_seq += 1
        self.transcript += encoded
        return encoded
