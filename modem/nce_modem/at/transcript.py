"""The last lines exchanged with the modem, for errors and tickets, in one fixed buffer.

Lines are masked when they are read, and most are never read; `nce_modem.at.masking` says what. Of
payloads only the length is kept, of a line the first 120 characters.
"""

from nce_modem.at.masking import mask_lines
from nce_modem.at.syntax import to_text


class Transcript:
    """A ring of `size` bytes; `>` was sent, `<` received, `!` happened."""

    def __init__(self, size: int = 2048) -> None:
        self._ring = bytearray(size)
        self._end = 0
        self._is_full = False

    def _add(self, mark: str, text: str) -> None:
        if len(text) > 120:
            # A number that is cut is too short for its mask.
            text = text[:120].rstrip("0123456789abcdefABCDEF")
        raw = (mark + text).encode() + b"\0"
        left = len(self._ring) - self._end
        if len(raw) > left:
            self._ring[self._end :] = raw[:left]
            raw = raw[left:]
            self._end = 0
            self._is_full = True
        self._ring[self._end : self._end + len(raw)] = raw
        self._end += len(raw)

    def sent(self, text: str) -> None:
        self._add("> ", text)

    def received(self, text: str) -> None:
        self._add("< ", text)

    def noted(self, text: str) -> None:
        self._add("! ", text)

    def lines(self) -> "list[str]":
        """The lines, oldest first, masked."""
        whole = bytes(self._ring[: self._end])
        if self._is_full:
            whole = bytes(self._ring[self._end :]) + whole
        found = whole.split(b"\0")[:-1]
        if self._is_full:
            found = found[1:]  # the oldest may have lost its beginning, and so its mask
        return list(mask_lines([to_text(line) for line in found]))
