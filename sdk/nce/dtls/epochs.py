"""The records of one session in both directions: epoch 0 in the clear, epoch 1 protected.

    epochs.protect(suite, master, client_random, server_random)
    record = epochs.seal(1, APPLICATION_DATA, b"...")
    plaintext = epochs.open(datagram, header)  # None when the record is to be dropped

A (epoch, sequence number) is never used twice: a retransmission is sealed anew.
"""

from nce.dtls.prf import key_block
from nce.dtls.record import Protection, ReplayWindow, plain_record


class Epochs:
    """Sequence numbers, protections and the replay window."""

    def __init__(self):
        self._sequences = [0, 0]  # the next number of each epoch
        self._write = None
        self._read = None
        self._window = ReplayWindow()

    @property
    def is_protected(self):
        """True once there are keys."""
        return self._write is not None

    def protect(self, suite, master, client_random, server_random):
        """Derive the keys of epoch 1 (RFC 5246, 6.3)."""
        # Client key, server key, client salt, server salt; no MAC keys, the suites are AEAD.
        key, salt = suite.key_length, suite.salt_length
        block = key_block(master, client_random, server_random, 2 * key + 2 * salt)
        salts = 2 * key
        self._write = Protection(suite, block[:key], block[salts : salts + salt])
        self._read = Protection(suite, block[key:salts], block[salts + salt :])

    def seal(self, epoch, kind, plaintext):
        """The next record of an epoch, as bytes."""
        sequence = self._sequences[epoch]
        self._sequences[epoch] = sequence + 1
        if epoch == 0 or self._write is None:
            return bytes(plain_record(kind, epoch, sequence, plaintext))
        return bytes(self._write.seal(kind, epoch, sequence, plaintext))

    def open(self, datagram, header):
        """The plaintext of a record, or None when it is forged, replayed or of no known epoch.

        Epoch 0 has no replay window: OpenSSL 4 uses a record number twice in its first flights.
        """
        if header.epoch == 0:
            return datagram[header.start : header.end]
        if header.epoch != 1 or self._read is None or not self._window.is_new(header.sequence):
            return None
        plaintext = self._read.open(datagram, header)
        if plaintext is not None:
            self._window.accept(header.sequence)
        return plaintext
