"""A small DTLS 1.2 PSK server of its own making, for tests of the client: one association.

Its suite is CCM_8. It shares no line with the client or the simulator: `hmac` and `AESCCM` stand
where these have their own. It answers a repeated flight with its own again, and echoes data
reversed.
"""

from __future__ import annotations

import hashlib
import hmac
import random
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

IDENTITY = b"8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"


def p_sha256(secret: bytes, seed: bytes, length: int) -> bytes:
    output, chain = b"", seed
    while len(output) < length:
        chain = hmac.digest(secret, chain, "sha256")
        output += hmac.digest(secret, chain + seed, "sha256")
    return output[:length]


def handshake(kind: int, seq: int, body: bytes) -> bytes:
    size = struct.pack(">I", len(body))[1:]
    return bytes([kind]) + size + struct.pack(">H", seq) + b"\0\0\0" + size + body


class ServerDouble:
    """One association; answers a repeated flight with its own again, and echoes data reversed."""

    session_id = b""  # of its hello: what a client may resume
    has_extended_master = True  # RFC 7627

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sequences = [0, 0]
        self.tag_bytes = 8
        self.reset()

    def reset(self) -> None:
        self.client_random = b""
        self.flight: list[bytes] = []
        self.transcript = b""
        self.finished: list[tuple[int, int, bytes]] = []
        self.keys: bytes = b""
        self.received: list[bytes] = []
        self.seen: set[bytes] = set()

    def record(self, epoch: int, kind: int, body: bytes) -> bytes:
        sequence = struct.pack(">HQ", epoch, self.sequences[epoch])[:2]
        sequence += struct.pack(">Q", self.sequences[epoch])[2:]
        self.sequences[epoch] += 1
        if epoch:
            additional = sequence + bytes([kind]) + b"\xfe\xfd" + struct.pack(">H", len(body))
            sealer = AESCCM(self.keys[16:32], self.tag_bytes)
            body = sequence + sealer.encrypt(self.keys[36:40] + sequence, body, additional)
        return bytes([kind]) + b"\xfe\xfd" + sequence + struct.pack(">H", len(body)) + body

    def receive(self, datagram: bytes) -> list[bytes]:
        answers: list[bytes] = []
        while len(datagram) >= 13:
            size = int.from_bytes(datagram[11:13], "big")
            header, body, datagram = datagram[:13], datagram[13 : 13 + size], datagram[13 + size :]
            if len(body) < size:
                break
            kind, sequence = header[0], header[3:11]
            if sequence[:2] == b"\0\1":
                if not self.keys or len(body) < 16:
                    continue
                additional = sequence + bytes([kind]) + b"\xfe\xfd"
                additional += struct.pack(">H", len(body) - 16)
                try:
                    body = AESCCM(self.keys[:16], 8).decrypt(
                        self.keys[32:36] + body[:8], body[8:], additional
                    )
                except InvalidTag:
                    continue
                if kind == 23:
                    assert sequence not in self.seen or body in self.received, "reused a nonce"
                    if sequence not in self.seen:
                        self.received.append(body)
                        answers.append(self.record(1, 23, body[::-1]))
                    self.seen.add(sequence)
                elif kind == 22:
                    answers += self.on_finished(body)
            elif kind == 22 and len(body) >= 12:
                answers += self.on_handshake(body)
        return answers

    def on_handshake(self, message: bytes) -> list[bytes]:
        kind, seq, body = message[0], int.from_bytes(message[4:6], "big"), message[12:]
        if kind == 1 and len(body) > 40:
            client_random, cookie_at = body[2:34], 36 + body[34]
            cookie_end = cookie_at + body[cookie_at - 1]
            cookie = hmac.digest(b"cookie", client_random, "sha256")[:16]
            if body[cookie_at:cookie_end] != cookie:
                verify = handshake(3, 0, b"\xfe\xff\x10" + cookie)
                return [self.record(0, 22, verify)]
            if client_random == self.client_random and self.flight:
                return self.send_flight()
            if b"\xc0\xa8" not in body:
                return []
            self.reset()
            self.client_random = client_random
            self.server_random = self.rng.randbytes(32)
            hello = b"\xfe\xfd" + self.server_random + bytes([len(self.session_id)])
            hello += self.session_id + b"\xc0\xa8\0"
            extensions = b"\xff\x01\x00\x01\x00"
            if self.has_extended_master:
                extensions += b"\x00\x17\x00\x00"
            hello = handshake(2, seq, hello + struct.pack(">H", len(extensions)) + extensions)
            self.flight = [hello, handshake(14, seq + 1, b"")]
            self.transcript = message + b"".join(self.flight)
            return self.send_flight()
        if kind == 16 and self.flight and not self.keys and len(body) >= 2:
            if body[2:] != IDENTITY:
                return []
            self.transcript += message
            pre = struct.pack(">H", len(KEY)) + bytes(len(KEY)) + struct.pack(">H", len(KEY)) + KEY
            session_hash = hashlib.sha256(self.transcript).digest()
            label_and_seed = b"extended master secret" + session_hash
            if not self.has_extended_master:
                label_and_seed = b"master secret" + self.client_random + self.server_random
            self.master = p_sha256(pre, label_and_seed, 48)
            seed = b"key expansion" + self.server_random + self.client_random
            self.keys = p_sha256(self.master, seed, 40)
        return []

    def on_finished(self, message: bytes) -> list[bytes]:
        if not self.finished:
            digest = hashlib.sha256(self.transcript).digest()
            if message[12:] != p_sha256(self.master, b"client finished" + digest, 12):
                return []
            digest = hashlib.sha256(self.transcript + message).digest()
            verify = p_sha256(self.master, b"server finished" + digest, 12)
            seq = int.from_bytes(self.flight[-1][4:6], "big") + 1
            self.finished = [(0, 20, b"\1"), (1, 22, handshake(20, seq, verify))]
        records = [self.record(*row) for row in self.finished]
        return [b"".join(records)] if self.rng.random() < 0.5 else records

    def send_flight(self) -> list[bytes]:
        if self.rng.random() < 0.5:
            return [b"".join(self.record(0, 22, message) for message in self.flight)]
        # Path MTU of a miser: fragments of 20 bytes, a datagram each.
        datagrams = []
        for message in self.flight:
            body = message[12:]
            for offset in range(0, max(1, len(body)), 20):
                piece = body[offset : offset + 20]
                place = struct.pack(">I", offset)[1:] + struct.pack(">I", len(piece))[1:]
                datagrams.append(self.record(0, 22, message[:6] + place + piece))
        return datagrams
