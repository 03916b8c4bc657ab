"""Clears the line after a command timed out: its answer may still come, and must be ignored.

The line is blocked until the overdue final result comes. If it does not come, the payload that a
lost prompt may have asked for is written, then one AT, whose answer shows that the modem listens.
Each stage has a bound.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command


class Drain:
    """The overdue command, if any, and how long it still blocks the line."""

    def __init__(self, stage_ms: int) -> None:
        self._stage_ms = stage_ms
        self.command: "Command | None" = None
        self.until_ms: "int | None" = None
        self.is_probing = False
        self._probed_ms = 0
        self._may_await_payload = False

    def begin(self, command: "Command", may_await_payload: bool, now_ms: int) -> None:
        """Block the line for `command`; its prompt may have been lost."""
        self.command = command
        self.is_probing = False
        self._may_await_payload = may_await_payload
        self.until_ms = now_ms + self._stage_ms

    def end(self) -> None:
        """Free the line."""
        self.command = self.until_ms = None

    def on_prompt(self) -> None:
        """The prompt came after all."""
        self._may_await_payload = False

    def on_final(self, now_ms: int) -> None:
        """A final result came: the overdue one, unless the probe asked for it."""
        if self.is_probing:
            # 300 ms of silence must follow the probe's OK: it may have been the overdue one, with
            # the probe's still to come. Until the stage is over: final results may keep coming.
            self.until_ms = min(now_ms + 300, self._probed_ms + self._stage_ms)
        else:
            self.end()

    def next_stage(self, now_ms: int) -> "bytes | None":
        """The bytes to write after a stage without an answer; None when the line is free.

        A probe still needs the end of its line.
        """
        command = self.command
        if command is None or self.is_probing:
            self.end()
            return None
        self.until_ms = now_ms + self._stage_ms
        if self._may_await_payload:
            self._may_await_payload = False
            return filling(command)
        self.is_probing = True
        self._probed_ms = now_ms
        return b"AT"


def filling(command: "Command") -> "bytes | None":
    """The bytes that end a payload state, if the modem is in one.

    ESC where a terminator ends the payload (TS 27.005, 3.5.1). A counted payload has no way out
    but its bytes: the real ones, as the caller was told that its fate is unknown, unless a modem
    in command state could see a command line in them.
    """
    if command.terminator:
        return b"\x1b" if command.terminator == b"\x1a" else command.terminator
    return b"\x1b" * len(command.payload) if b"\r" in command.payload else command.payload  # type: ignore[arg-type,operator]
