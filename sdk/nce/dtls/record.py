"""DTLS 1.2 records: header, CCM protection, replay window (RFC 6347, 4.1; RFC 6655, 3).

record = plain_record(HANDSHAKE, 0, sequence, fragment)
for header in headers_of(datagram): ...
plaintext = protection.open(datagram, header)  # None when it is not genuine
"""

import struct
from collections import namedtuple

from nce.dtls.ccm import Ccm
from nce.dtls.primitives import aes_block

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22
APPLICATION_DATA = 23

VERSION_1_2 = 0xFEFD
_VERSION_1_0 = 0xFEFF  # a HelloVerifyRequest may still carry it (RFC 6347, 4.2.1)

HEADER_LENGTH = 13
_NONCE_LENGTH = 8  # the explicit part (RFC 6655, 3)
_LAST_SEQUENCE = (1 << 48) - 1

# A suite is a row: its number, its name, and what the key block and the record need.
Suite = namedtuple("Suite", ("number", "name", "key_length", "salt_length", "tag_length"))

PSK_AES_128_CCM = Suite(0xC0A4, "TLS_PSK_WITH_AES_128_CCM", 16, 4, 16)
PSK_AES_128_CCM_8 = Suite(0xC0A8, "TLS_PSK_WITH_AES_128_CCM_8", 16, 4, 8)

# Where a record lies in its datagram: fragment is datagram[start:end].
Header = namedtuple("Header", ("type", "epoch", "sequence", "start", "end"))


def headers_of(datagram):
    """The headers of the records in a datagram, as a list.

    What is not a DTLS record is left out, with all that follows it when its length is a lie
    (RFC 6347, 4.1.2.7: invalid records are discarded silently).
    """
    headers = []
    start = HEADER_LENGTH
    while start <= len(datagram):
        kind, version, epoch, high, low, length = struct.unpack_from(
            ">BHHHIH", datagram, start - HEADER_LENGTH
        )
        end = start + length
        if end > len(datagram):
            break
        if version in (VERSION_1_2, _VERSION_1_0):
            headers.append(Header(kind, epoch, high << 32 | low, start, end))
        start = end + HEADER_LENGTH
    return headers


def plain_record(kind, epoch, sequence, fragment):
    """An unprotected record, as a bytearray."""
    record = bytearray(HEADER_LENGTH + len(fragment))
    _write_header(record, kind, epoch, sequence, len(fragment))
    record[HEADER_LENGTH:] = fragment
    return record


def overhead(suite):
    """The bytes a protected record has over its plaintext: 29 for CCM_8."""
    return HEADER_LENGTH + _NONCE_LENGTH + suite.tag_length


class Protection:
    """One direction of an epoch: a key and the implicit part of its nonces."""

    def __init__(self, suite, key, salt):
        self._tag_length = suite.tag_length
        self._ccm = Ccm(aes_block(key), suite.tag_length)
        self._nonce = bytearray(len(salt) + _NONCE_LENGTH)
        self._nonce[: len(salt)] = salt
        self._salt_length = len(salt)
        self._additional = bytearray(HEADER_LENGTH)

    def seal(self, kind, epoch, sequence, plaintext):
        """A protected record, as a bytearray. A (epoch, sequence) must never come twice."""
        length = len(plaintext)
        protected = _NONCE_LENGTH + length + self._tag_length
        record = bytearray(HEADER_LENGTH + protected)
        _write_header(record, kind, epoch, sequence, protected)
        # RFC 6655, 3: the explicit nonce is the epoch and the sequence number.
        start = HEADER_LENGTH + _NONCE_LENGTH
        record[HEADER_LENGTH:start] = record[3:11]
        record[start : start + length] = plaintext
        self._prepare(record, HEADER_LENGTH, kind, epoch, sequence, length)
        self._ccm.seal(record, start, length, self._nonce, self._additional)
        return record

    def open(self, datagram, header):
        """The plaintext of a record, or None when it is not genuine."""
        length = header.end - header.start - _NONCE_LENGTH - self._tag_length
        if length < 0:
            return None
        fragment = bytearray(datagram[header.start : header.end])
        self._prepare(fragment, 0, header.type, header.epoch, header.sequence, length)
        if not self._ccm.open(fragment, _NONCE_LENGTH, length, self._nonce, self._additional):
            return None
        return bytes(memoryview(fragment)[_NONCE_LENGTH : _NONCE_LENGTH + length])

    def _prepare(self, buffer, at, kind, epoch, sequence, length):
        for index in range(_NONCE_LENGTH):
            self._nonce[self._salt_length + index] = buffer[at + index]
        # RFC 5246, 6.2.3.3, with the epoch and sequence of RFC 6347, 4.1.2.1.
        struct.pack_into(
            ">HHIBHH",
            self._additional,
            0,
            epoch,
            sequence >> 32,
            sequence & 0xFFFFFFFF,
            kind,
            VERSION_1_2,
            length,
        )


class ReplayWindow:
    """Which of the last 64 sequence numbers of an epoch were seen (RFC 6347, 4.1.2.6)."""

    def __init__(self):
        self._newest = -1
        self._seen = 0  # bit n: newest - n

    def is_new(self, sequence):
        """True unless the number was seen, or is too old to tell."""
        age = self._newest - sequence
        if age < 0:
            return True
        return age < 64 and not self._seen >> age & 1

    def accept(self, sequence):
        """Remember a number whose record was genuine."""
        ahead = sequence - self._newest
        if ahead <= 0:
            self._seen |= 1 << -ahead
            return
        self._newest = sequence
        self._seen = 1 if ahead >= 64 else (self._seen << ahead | 1) & 0xFFFFFFFFFFFFFFFF


def _write_header(record, kind, epoch, sequence, length):
    if sequence > _LAST_SEQUENCE:
        # RFC 6347, 4.1: the number must not wrap.
        raise OverflowError("epoch %d has no sequence number left" % epoch)
    struct.pack_into(
        ">BHHHIH",
        record,
        0,
        kind,
        VERSION_1_2,
        epoch,
        sequence >> 32,
        sequence & 0xFFFFFFFF,
        length,
    )
