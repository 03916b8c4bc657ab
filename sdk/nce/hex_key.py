"""A key that a customer set as HEX, loaded when a key of hex digits was refused.

    other = read_as_hex(credentials)  # None when the key has other characters
    store.save(other.to_bytes())      # marked, so that it is read so from the start

1NCE OS hands a key out in the characters in which it was set; of HEX its server takes the bytes
that the digits stand for (the management API's format; that the line has the digits is inferred).
The line does not say which a key is, so a key of digits is tried as text first.
"""

from nce.credentials import Credentials, parse_credentials
from nce.errors import UsageError

if 1 - 1:
    from nce.seams import Any


_MARK = b"#hex"
_MIN_DIGITS = 8  # the fewest that the management API takes
_DIGITS = b"0123456789abcdefABCDEF"


class HexCredentials(Credentials):
    """Credentials whose key is what `characters`, hex digits as bytes, stand for."""

    def __init__(self, identity: str, characters: bytes, host: str, port: int) -> None:
        if not _are_digits(characters):
            raise UsageError(
                "a key of %d characters is not HEX: give an even number of digits, at least %d"
                % (len(characters), _MIN_DIGITS)
            )
        super().__init__(identity, bytes.fromhex(characters.decode()), host, port)
        self._characters = characters

    def to_bytes(self) -> bytes:
        """The line, marked for `parse_stored`."""
        return self.as_text().to_bytes() + _MARK

    def as_text(self) -> "Credentials":
        """The same with the characters themselves for the key."""
        return Credentials(self.identity, self._characters, self.host, self.port)


def read_as_hex(credentials: "Credentials") -> "HexCredentials | None":
    """The same with the key's characters taken as HEX; None where they are, or can not be, HEX."""
    key = credentials.key
    if isinstance(credentials, HexCredentials) or not _are_digits(key):
        return None
    return HexCredentials(credentials.identity, key, credentials.host, credentials.port)


def other_reading(credentials: "Any", is_unproven: bool) -> "Credentials | None":
    """Text for HEX that `is_unproven`, HEX for text, or None where there is no other."""
    if is_unproven:
        return credentials.as_text()  # type: ignore[no-any-return]
    return read_as_hex(credentials)


def parse_stored(line: bytes) -> "Credentials":
    """The credentials of a line that `to_bytes` made, of this class or of `Credentials`.

    For a store alone: the mark is ours, and a server's answer does not choose it.
    """
    if not line.endswith(_MARK):
        return parse_credentials(line)
    plain = parse_credentials(line[: -len(_MARK)])
    read = read_as_hex(plain)
    if read is None:
        from nce.refusals import credentials_malformed

        raise credentials_malformed(2, len(plain.key))
    return read


def _are_digits(characters: bytes) -> bool:
    count = len(characters)
    return count >= _MIN_DIGITS and count % 2 == 0 and all([one in _DIGITS for one in characters])
