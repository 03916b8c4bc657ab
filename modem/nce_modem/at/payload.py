"""Takes a payload by count, whatever bytes it holds, before any line logic sees them.

A header line opens the reader (see `syntax.Payload` for where payloads sit); the channel then
moves bytes into it until it is full. A payload that stops short is given up after a pause, one
that trickles at its limit.
"""

from nce_modem.at import syntax

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import LineBuffer, Payload


NOTHING = bytearray()


class PayloadReader:
    """The payload being taken, if any: one at a time, for answers and events alike."""

    def __init__(self, pause_ms: int) -> None:
        self._pause_ms = pause_ms
        self._deadline_ms = 0  # when to give up, however short the pauses are
        self._rule: "Payload" = None  # type: ignore[assignment]  # until `begin`
        self._data = NOTHING
        self._is_open = False
        self._filled = 0
        self.is_answer = False
        self.prefix = self.text = ""  # of the header
        self.until_ms: "int | None" = None  # when to give up
        self.swallow: "int | None" = (
            None  # one byte to skip, if it comes next, before or after the payload
        )

    @property
    def is_counted(self) -> bool:
        """Whether bytes are being taken by count."""
        return self._is_open and self._rule.mode != syntax.NEXT_LINE

    @property
    def is_next_line(self) -> bool:
        """Whether the next line is the payload, whatever it holds."""
        return self._is_open and self._rule.mode == syntax.NEXT_LINE

    def begin(
        self,
        rule: "Payload",
        is_answer: bool,
        prefix: str,
        text: str,
        raw: bytes,
        lines: "LineBuffer",
        now_ms: int,
    ) -> bool:
        """Open for the payload that the line `raw` announces; False when it announces none."""
        length = None
        self.swallow = None
        if rule.mode == syntax.NEXT_LINE:
            if not rule.fits(text):
                return False
        elif rule.mode == syntax.AFTER_LINE:
            length = rule.length(text)
            self.swallow = 0x0A  # the LF of the CRLF that ends the header
        else:
            found = rule.split(raw, prefix)
            if found is not None:
                text = found[1]
                length = rule.length(text)
            if length is not None:
                lines.reopen(found[0])  # type: ignore[index]
        if length is None and rule.mode != syntax.NEXT_LINE:
            self.swallow = None
            return False
        self._data = bytearray(length or 0)
        self._is_open = True
        self._filled = 0
        self._rule = rule
        self.is_answer, self.prefix, self.text = is_answer, prefix, text
        # The whole may take six pauses, 30 s; the longest takes 9 s at 9600 baud.
        self._deadline_ms = now_ms + 6 * self._pause_ms
        self.until_ms = now_ms + self._pause_ms
        return True

    def take(self, lines: "LineBuffer", now_ms: int) -> "bytes | None":
        """Move the received bytes; the whole payload when it is complete, else None."""
        before = self._filled
        self._filled = lines.move(self._data, before)
        if self._filled > before:
            self.until_ms = min(now_ms + self._pause_ms, self._deadline_ms)
        return bytes(self._data) if self._filled == len(self._data) else None

    def finish(self, raw: bytes) -> bytes:
        """Close, and return the payload in bytes (two hex digits for each, where so declared)."""
        self._is_open = False
        self.swallow = 0x22 if self._rule.mode == syntax.IN_QUOTES else None  # the closing quote
        if self._rule.has_hex(syntax.fields(self.text)):
            try:
                raw = bytes.fromhex(str(raw, "utf-8"))
            except ValueError:
                pass  # not hex: pass it on unchanged
        self._data = NOTHING
        self.until_ms = None
        return raw

    def give_up(self) -> "tuple[bytes, int]":
        """Close; `(received bytes, announced length)`."""
        data, filled = self._data, self._filled
        self._is_open = False
        self._data = NOTHING
        self.until_ms = None
        return bytes(data[:filled]), len(data)
