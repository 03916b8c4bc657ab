"""The conversation with a modem: one command at a time, unsolicited results at any time.

Sans-IO: hand it what the UART received, write what `data_to_send` gives, call `handle_timeout`
when `next_timeout` is due. The same bytes give the same events however they are cut.

    from nce_modem.at.command import Command

    channel = Channel(dialect)
    channel.send(Command("AT+CEREG?"), now_ms)
    uart.write(channel.data_to_send())
    for event in channel.receive_data(uart.read(), now_ms):
        ...

Each line is judged in a fixed order: counted payload, echo, answer (prefix, then shape), boot
banner, unsolicited result, final result, free text, unknown. What then becomes of the command that
is pending is `exchange`'s part. No command is ever sent twice.
"""

from nce_modem.at import events as at_events
from nce_modem.at import results, syntax
from nce_modem.at.exchange import Exchange
from nce_modem.at.lines import LineBuffer
from nce_modem.at.payload import PayloadReader

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Command, Dialect, Events, Payload


class Channel(Exchange):
    """The AT engine; `max_line` bounds a line and is the size of the one receive buffer."""

    def __init__(self, dialect: "Dialect", max_line: int = 1024) -> None:
        Exchange.__init__(self, dialect)
        self._lines = LineBuffer(max_line)
        self._payload = PayloadReader(dialect.payload_ms)

    # Time.

    def next_timeout(self) -> "int | None":
        """When `handle_timeout` is due, or None."""
        due_ms = None
        quiet_ms = None
        if self._held is not None and self._active is None and self._drain.command is None:
            quiet_ms = self._quiet_until_ms
        for moment_ms in (
            self._deadline_ms,
            self._payload_due_ms,
            self._payload.until_ms,
            self._drain.until_ms,
            quiet_ms,
        ):
            if moment_ms is not None and (due_ms is None or moment_ms < due_ms):
                due_ms = moment_ms
        return due_ms

    def handle_timeout(self, now_ms: int) -> "Events":
        """Run everything that is due; return the events."""
        events: "Events" = []
        if _is_due(self._payload.until_ms, now_ms):
            self._give_up_payload(now_ms, events)
        if _is_due(self._payload_due_ms, now_ms):
            self._send_payload(self._active, now_ms)  # type: ignore[arg-type]
        if _is_due(self._deadline_ms, now_ms):
            reason = at_events.NO_PROMPT if self._awaits_prompt else at_events.TIMEOUT
            self._fail(reason, now_ms, events)
        if _is_due(self._drain.until_ms, now_ms):
            self._drain_on(now_ms)
        self._promote(now_ms)
        return events

    # Receiving.

    def receive_data(self, data: bytes, now_ms: int) -> "Events":
        """Take the bytes that the UART received; return the events."""
        events: "Events" = []
        view = memoryview(data)
        offset = 0
        while offset < len(data):
            offset += self._lines.append(view, offset)
            while self._step(now_ms, events):
                pass
        self._promote(now_ms)
        return events

    def _step(self, now_ms: int, events: "Events") -> bool:
        """Consume one thing from the buffer; False when more bytes are needed."""
        lines, payload = self._lines, self._payload
        if payload.swallow is not None:
            if lines.peek() < 0:
                return False
            if lines.peek() == payload.swallow:
                lines.skip()
            payload.swallow = None
        if payload.is_counted:
            raw = payload.take(lines, now_ms)
            if raw is not None:
                self._end_payload(raw, now_ms, events)
            return raw is not None
        if self._awaits_prompt and lines.is_at_line_start():
            lines.skip_separators()
            command = self._active or self._drain.command
            if command is not None and lines.peek() == command.prompt:
                lines.skip()
                payload.swallow = 0x20  # the blank of "> "
                self._on_prompt(now_ms)
                return True
        line = lines.next_line()
        if line is None:
            return self._split_partial(now_ms, events)
        if line:
            self._on_line(line, now_ms, events)
        else:
            events.append(at_events.Note(at_events.OVERLONG, "%d bytes" % lines.lost))
        return True

    def _split_partial(self, now_ms: int, events: "Events") -> bool:
        """A line fills the buffer: perhaps a header with a long payload behind it."""
        line = self._lines.partial()
        if line is None:
            return False
        prefix, text = syntax.split_prefix(syntax.to_text(line[:64]))
        rule, _ = self._rule_for(prefix, text)
        if rule is not None and rule.split(line, prefix) is not None:
            self._on_line(line, now_ms, events)
        else:
            self._lines.drop_partial()
        return True

    def _rule_for(self, prefix: str, text: str) -> "tuple[Payload | None, bool]":
        """`(payload rule, is answer)` of a header line."""
        command = self._active or self._drain.command
        if command is not None and self.dialect.is_answer(command, prefix, text):
            return command.reads, True
        return self.dialect.payloads.get(prefix), False

    def _on_line(self, raw: bytes, now_ms: int, events: "Events") -> None:
        line = syntax.to_text(raw)
        text = line.strip()
        if not text:
            return
        command = self._active or self._drain.command
        if self._payload.is_next_line:
            self.transcript.received("<%d bytes>" % len(raw))
            self._end_payload(raw, now_ms, events)
        elif command is not None and (
            text == command.text or (self._drain.is_probing and text == "AT")
        ):
            self.transcript.received(text)  # echo
        elif command is not None and self._awaits_prompt and text == command.prompt_line:
            self._on_prompt(now_ms)
        else:
            self._classify(raw, line, text, command, now_ms, events)

    def _classify(
        self,
        raw: bytes,
        line: str,
        text: str,
        command: "Command | None",
        now_ms: int,
        events: "Events",
    ) -> None:
        dialect = self.dialect
        prefix, rest = syntax.split_prefix(text)
        rule, is_answer = self._rule_for(prefix, rest) if prefix else (None, False)
        if rule is not None and self._payload.begin(
            rule, is_answer, prefix, rest, raw, self._lines, now_ms
        ):
            self.transcript.received("%s: %s" % (prefix, self._payload.text))
            return
        is_boot = text in dialect.boot or text in dialect.boot_follows
        is_urc = dialect.is_urc(prefix, text)
        is_known = is_answer or is_boot or is_urc or self._is_final(text)
        is_shown = is_known or text in results.SUCCESS
        if rule is not None:
            # A header that announces nothing: of no bytes, or broken, with the payload behind it.
            is_shown = len(rest) < 8 and rest.replace(",", "").isdigit()
        self.transcript.received(text if is_shown else self._shown(text))
        if is_answer:
            self._add_answer_line(line, None, events)
        elif is_boot:
            self._on_boot(text, now_ms, events)
        elif is_urc:
            events.append(at_events.Urc(prefix or text, rest if prefix else "", None))
            self._quiet(now_ms)
        elif self._is_final(text):
            self._on_final(command, text, now_ms, events)
        elif text in results.SUCCESS:
            pass  # an interim OK: this command ends with a final of its own
        elif command is not None and command.accepts is not None and command.accepts(text):
            self._add_answer_line(line, None, events)
        elif not self._is_prompt_echo(command, text):
            events.append(at_events.Note(at_events.UNKNOWN, self._shown(line)))

    def _is_final(self, text: str) -> bool:
        if results.is_error(text):
            return True
        if self._active is not None:
            # Nothing succeeds before it has its payload: that is an orphan.
            is_before_payload = self._awaits_prompt or self._payload_due_ms is not None
            return not is_before_payload and self._active.is_success(text)
        if self._drain.command is not None and self._drain.command.is_success(text):
            return True
        return text in results.SUCCESS or text == "SEND OK"

    def _is_prompt_echo(self, command: "Command | None", text: str) -> bool:
        """`> ` again after each CR of a text payload, and the payload's own echo (TS 27.005)."""
        if command is None or command.payload is None or self._awaits_prompt:
            return False
        rest = text.strip("> ")
        return not rest or rest.encode() in command.payload

    def _end_payload(self, raw: bytes, now_ms: int, events: "Events") -> None:
        payload = self._payload
        raw = payload.finish(raw)
        if payload.is_answer:
            self._add_answer_line("%s: %s" % (payload.prefix, payload.text), raw, events)
        else:
            events.append(at_events.Urc(payload.prefix, payload.text, raw))
            self._quiet(now_ms)

    def _give_up_payload(self, now_ms: int, events: "Events") -> None:
        """Bytes were lost, or the modem restarted within the payload: look for its banner."""
        data, length = self._payload.give_up()
        note = "%s: %d of %d" % (self._payload.prefix, len(data), length)
        events.append(at_events.Note(at_events.TRUNCATED, note))
        for raw in data.replace(b"\r", b"\n").split(b"\n"):
            text = syntax.to_text(raw).strip()
            if text in self.dialect.boot:
                self._on_boot(text, now_ms, events)
                return
        if self._payload.is_answer and self._active is not None:
            self._fail(at_events.SHORT_PAYLOAD, now_ms, events)


def _is_due(moment_ms: "int | None", now_ms: int) -> bool:
    return moment_ms is not None and now_ms >= moment_ms
