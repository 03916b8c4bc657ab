"""One command at a time: its bytes, its answer, and its end.

The half of the AT channel that knows nothing of lines. A command is held until the line is free,
then active until its final result, its deadline or a restart of the modem; one that timed out is
drained, so that its late answer is ignored.
"""

from nce_modem.at import events as at_events
from nce_modem.at import results
from nce_modem.at.drain import Drain
from nce_modem.at.masking import is_confidential, mask
from nce_modem.at.transcript import Transcript
from nce_modem.errors import UsageError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, Dialect, Events


class Exchange:
    """The command that is pending, and the bytes to write."""

    def __init__(self, dialect: "Dialect") -> None:
        self.dialect = dialect
        self.transcript = Transcript()
        self.timeouts_in_a_row = 0
        self._out: "list[bytes]" = []
        self._held: "Command | None" = None  # waits for the line to be free
        self._held_ms = 0  # the start of its wait for a quiet line
        self._last: "Command | None" = None  # the command written last
        self.hides_unknown = False  # lines that nothing accounts for may be messages in text mode
        self._active: "Command | None" = None  # was written, has no final yet
        self._drain = Drain(dialect.drain_ms)  # of a command that timed out
        self._answer_lines: "list[str]" = []
        self._answer_payloads: "list[bytes]" = []
        self._awaits_prompt = False
        self._deadline_ms: "int | None" = None  # of the active command
        self._payload_due_ms: "int | None" = None  # when the payload may follow, or its end
        self._end_is_left = False  # the payload was written, its terminator was not
        self._quiet_until_ms: "int | None" = None
        self._booted_ms: "int | None" = None

    def send(self, command: "Command", now_ms: int) -> None:
        """Write `command` as soon as the line is free; its time starts then.

        Raises `UsageError` for a text that would be more than one command, or a payload that
        would end before its time.
        """
        if self._held is not None:
            raise ValueError("%s waits already; await its answer first" % self._held.name)
        text, payload, end = command.text.encode(), command.payload, command.terminator
        if not text or min(text) < 0x20 or max(text) > 0x7E:
            raise UsageError("a command may hold only printable ASCII, and no line end")
        # Ctrl-Z ends the payload, ESC cancels it (TS 27.005, 3.5.1).
        if payload and end and (end in payload or (end == b"\x1a" and 0x1B in payload)):
            raise UsageError(
                "the payload of %s contains its own end mark; encode it" % command.name
            )
        self._held = command
        self._held_ms = now_ms
        self._promote(now_ms)

    def withdraw(self, command: "Command") -> None:
        """Forget a command whose caller is gone; if it was written, its answer is still read."""
        if self._held is command:
            self._held = None

    def send_raw(self, data: bytes, what: str) -> None:
        """Write bytes that are not a command; the transcript shows `what`."""
        self.transcript.noted(what)
        self._out.append(data)

    def data_to_send(self) -> bytes:
        """The bytes to write now; each is given once."""
        data = b"".join(self._out)
        self._out = []
        return data

    def _promote(self, now_ms: int) -> None:
        command = self._held
        if command is None:
            return
        if self._active is not None or self._drain.command is not None:
            self._held_ms = now_ms
            return
        if self._quiet_until_ms is not None and now_ms < self._quiet_until_ms:
            return
        self._held = None
        self._last = command
        self._active = command
        self._answer_lines = []
        self._answer_payloads = []
        self._awaits_prompt = command.payload is not None
        limit_ms = command.timeout_ms
        tail = command.terminator
        if self._awaits_prompt:
            limit_ms = min(limit_ms, 10_000)  # a prompt comes at once, or never
            tail = b""
        self._deadline_ms = now_ms + limit_ms
        self.transcript.sent(command.text)
        self._out.append(command.text.encode() + tail + self.dialect.end)

    # Its course.

    def _on_prompt(self, now_ms: int) -> None:
        self._awaits_prompt = False
        self.transcript.received(">")
        if self._active is None:
            # The prompt of a command that timed out: whether its payload leaves is unknown to
            # the caller, who was told so; a modem left in payload state would eat what follows.
            self._drain.on_prompt()
            self._send_payload(self._drain.command, now_ms)  # type: ignore[arg-type]
            return
        self._deadline_ms = now_ms + self._active.timeout_ms
        if self._active.prompt_delay_ms:
            # The clock shows whole milliseconds: without one more the delay may be shorter.
            self._payload_due_ms = now_ms + self._active.prompt_delay_ms + 1
        else:
            self._send_payload(self._active, now_ms)

    def _send_payload(self, command: "Command", now_ms: int) -> None:
        self._payload_due_ms = None
        if command.terminator_delay_ms and not self._end_is_left:
            # One that timed out leaves nothing: its payload would run into its end.
            if command is self._active:
                self._write_payload(command)
                self._end_is_left = True
                self._payload_due_ms = now_ms + command.terminator_delay_ms + 1
                return
        elif not self._end_is_left:
            self._write_payload(command)
        self._end_is_left = False
        self._out.append(command.terminator)

    def _write_payload(self, command: "Command") -> None:
        self.transcript.sent("<%d bytes>" % len(command.payload))  # type: ignore[arg-type]
        self._out.append(command.payload)  # type: ignore[arg-type]

    def _add_answer_line(self, line: str, payload: "bytes | None", events: "Events") -> None:
        if self._active is None:
            events.append(at_events.Note(at_events.LATE, self._shown(line)))
            return
        self._answer_lines.append(line)
        if payload is not None:
            self._answer_payloads.append(payload)

    def _shown(self, line: str) -> str:
        """An unknown line in a form safe to show: it may be the broken echo of a secret."""
        last = self._last
        has_content = last is not None and (
            last.payload is not None or last.reads is not None or is_confidential(last.text)
        )
        if self.hides_unknown or has_content:
            return "<%d characters>" % len(line)
        return mask(line)

    def _quiet(self, now_ms: int) -> None:
        """Wait for a quiet line; lines that keep coming starve no command."""
        if self._held is None:
            self._held_ms = now_ms
        limit_ms = self._held_ms + self.dialect.guard_limit_ms
        self._quiet_until_ms = min(now_ms + self.dialect.guard_ms, limit_ms)

    def _on_final(
        self, command: "Command | None", text: str, now_ms: int, events: "Events"
    ) -> None:
        if results.ends_call(text) and (command is None or not command.dials):
            events.append(at_events.Note(at_events.ORPHAN, mask(text)))
        elif self._active is not None:
            self.timeouts_in_a_row = 0
            self._end_command(now_ms)
            self._awaits_prompt = False
            is_ok = not results.is_error(text)
            events.append(
                at_events.Answer(command, is_ok, text, self._answer_lines, self._answer_payloads)
            )
        elif self._drain.command is not None:
            events.append(at_events.Note(at_events.LATE, mask(text)))
            self.timeouts_in_a_row = 0
            self._drain.on_final(now_ms)
            self._awaits_prompt = False
            self._held_ms = now_ms
            self._quiet(now_ms)
        else:
            events.append(at_events.Note(at_events.ORPHAN, mask(text)))
            self._quiet(now_ms)

    def _on_boot(self, text: str, now_ms: int, events: "Events") -> None:
        booted_ms = self._booted_ms
        if text in self.dialect.boot_follows and booted_ms is not None:
            if now_ms - booted_ms <= self.dialect.boot_window_ms:
                events.append(at_events.Urc(text, "", None))
                return
        self._booted_ms = now_ms
        events.append(at_events.Reset(text))
        self._quiet(now_ms)
        self._drain.end()
        self._awaits_prompt = False
        if self._active is not None and not self._active.survives_reset:
            self._fail(at_events.RESET, now_ms, events)

    # Its end without a final result.

    def _fail(self, reason: str, now_ms: int, events: "Events") -> None:
        command = self._end_command(now_ms)
        self.transcript.noted("%s: %s" % (command.name, reason))
        if reason != at_events.RESET:
            self.timeouts_in_a_row += 1
            if command.drains:
                self._drain.begin(command, self._awaits_prompt, now_ms)
            else:
                self._awaits_prompt = False
        events.append(at_events.Failed(command, reason))

    def _end_command(self, now_ms: int) -> "Command":
        command = self._active
        self._active = None
        self._deadline_ms = self._payload_due_ms = None
        self._end_is_left = False
        self._held_ms = now_ms
        self._quiet_until_ms = now_ms + self.dialect.guard_ms
        return command  # type: ignore[return-value]

    def _drain_on(self, now_ms: int) -> None:
        data = self._drain.next_stage(now_ms)
        self._awaits_prompt = False
        if data is None:
            self._held_ms = now_ms
            self._quiet(now_ms)
        else:
            self.transcript.noted("%d bytes to see whether the modem listens" % len(data))
            if self._drain.is_probing:
                data += self.dialect.end
            self._out.append(data)
