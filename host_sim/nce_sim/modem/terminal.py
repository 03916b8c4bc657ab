"""The line discipline: echo, command lines, answers, prompts, payloads, held URCs.

ITU-T V.250, byte for byte. A command runs as a generator and yields what it waits for:

    def send(modem, command):
        payload = yield Prompt(5)       # `\\r\\n> `, then exactly five bytes
        yield Pause(20)                 # milliseconds
        modem.info("+X: 1")             # an information line
        return "SEND OK"                # the final result; None is OK

While it runs, the host's bytes abort it, if it lets them, or are lost; URCs wait for its end.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.editor import CR, LF, Line, LineEditor, QuotingEditor
from nce_sim.modem.line.grammar import ArgumentMistake, Command, SyntaxMistake, commands_of
from nce_sim.modem.line.payload import Outcome, take
from nce_sim.modem.line.results import ERROR, NO_RESULT, NUMERIC, OK, CommandFailed
from nce_sim.modem.line.steps import Hear, Passing, Pause, Point, Prompt, Step, Steps, Unended

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

MOST_HELD_URCS = 200


class Terminal:
    """One modem's end of the serial line, while the modem is awake."""

    def __init__(self, modem: Modem) -> None:
        self._modem = modem
        self.reset()

    def reset(self) -> None:
        """Forget everything: the modem restarts."""
        limit, rules = self._modem.personality.line_limit, self._modem.personality.line_rules
        self._editor = LineEditor(limit) if rules is None else QuotingEditor(limit, rules)
        self._line_began_too_soon = False
        self._swallow_line_feed = self._has_swallowed_line_feed = False
        self._job: Steps | None = None
        self._command_name = ""
        self._pause: Pause | None = None
        self._prompt: Prompt | None = None
        self._hearing: Hear | None = None
        self._prompted_at_ms = 0
        self._payload_pieces = 0
        self._payload = bytearray()
        self._excess = bytearray()
        self._info: list[str] = []
        self._held: deque[bytes] = deque(maxlen=MOST_HELD_URCS)

    @property
    def is_busy(self) -> bool:
        """Whether a command is running."""
        return self._job is not None

    # -- from the host ---------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take bytes from the host."""
        position = 0
        while position < len(data):
            if self._prompt is not None:
                position = self._take_payload(data, position)
            elif self._hearing is not None and self._job is not None:
                self._hearing = None
                self._resume(self._job, data[position:])
                return
            elif self._job is not None:
                position = self._take_while_busy(data, position)
            else:
                position = self._take_command(data, position)

    def _take_command(self, data: bytes, position: int) -> int:
        if self._editor.is_empty:
            self._line_began_too_soon = self._is_too_soon()
        end, to_echo, line = self._editor.take(data, position)
        self._echo(to_echo)
        if line is not None:
            # The LF that may follow a CR is not of the next line, nor does it abort the command.
            self._swallow_line_feed = data[end - 1] == CR
            self._has_swallowed_line_feed = False
            self._take_line(line)
        return end

    def _take_line(self, line: Line) -> None:
        if line.is_overlong:
            self._modem.mistake("command line too long")
            self._emit_final(ERROR)
        elif line.is_refused:
            self._modem.mistake("a line that the application does not take")
            self._emit_final(ERROR)
        elif line.body is not None:
            if self._line_began_too_soon:
                self._modem.mistake(
                    "command too soon after the last output",
                    least_ms=self._modem.personality.command_gap_ms,
                )
            self._execute(line.body)

    def _take_while_busy(self, data: bytes, position: int) -> int:
        if self._swallow_line_feed and data[position] == LF:
            self._swallow_line_feed = False
            self._has_swallowed_line_feed = True
            return position + 1
        self._modem.mistake(
            "bytes while a command is running", command=self._command_name, count=len(data)
        )
        if self._pause is not None and self._pause.abortable and self._job is not None:
            job = self._job
            job.close()
            self._finish(job, self._modem.personality.abort_result)
        return len(data)

    def _take_payload(self, data: bytes, position: int) -> int:
        prompt = self._prompt
        assert prompt is not None
        if prompt.guard_ms and self._modem.clock.now_ms() < self._prompted_at_ms + prompt.guard_ms:
            self._modem.mistake("payload too soon after the prompt", count=len(data) - position)
            return len(data)
        end, taken, outcome = take(prompt, self._payload, data, position)
        self._echo_payload(prompt, taken)
        self._payload_pieces += 1
        if outcome is Outcome.INCOMPLETE:
            if prompt.silence_ms:
                count = self._payload_pieces
                self._modem.clock.call_later(
                    prompt.silence_ms, lambda: self._payload_paused(prompt, count)
                )
            return end
        payload = None if outcome is Outcome.CANCELLED else bytes(self._payload)
        self._prompt = None
        self._payload.clear()
        rest = data[end:]
        if prompt.length is None and rest[:2] in (b"\r", b"\r\n"):
            rest = b""  # a host that ends everything with a return
        if rest:
            self._modem.mistake("payload longer than declared", excess=len(rest))
            self._excess += rest
        job = self._job
        assert job is not None
        self._modem.conversation.add_payload(">", payload)
        self._modem.faults.passed(self._command_name, Point.AFTER_PAYLOAD)
        self._resume(job, payload)
        return len(data)

    def _payload_paused(self, prompt: Prompt, count: int) -> None:
        """Nothing came for a while: hand on what there is, if more than a part of the end."""
        job, payload = self._job, bytes(self._payload)
        if self._prompt is not prompt or self._payload_pieces != count or job is None:
            return
        if prompt.end is None or not prompt.end.startswith(payload):
            self._prompt = None
            self._payload.clear()
            self._modem.conversation.add_payload(">", payload)
            self._resume(job, Unended(payload))

    def _is_too_soon(self) -> bool:
        last_ms, gap_ms = self._modem.uart.last_write_ms, self._modem.personality.command_gap_ms
        return last_ms is not None and self._modem.clock.now_ms() - last_ms < gap_ms

    def _echo_payload(self, prompt: Prompt, taken: bytes) -> None:
        if not prompt.line_text:
            if prompt.echo:
                self._modem.uart.write(taken)
            return
        pieces = taken.split(b"\r")
        for number, piece in enumerate(pieces):
            if prompt.echo:
                self._modem.uart.write(piece)
            if number < len(pieces) - 1:
                self._modem.uart.write(prompt.line_text)

    def _echo(self, data: bytes) -> None:
        if self._modem.ram.line.echo and data:
            self._modem.faults.echo(data)

    # -- running a command line ------------------------------------------------------------

    def _execute(self, body: str) -> None:
        job = self._job = self._run(body)
        self._advance(job, None)

    def _run(self, body: str) -> Steps:
        modem = self._modem
        self._command_name = ""
        yield Pause(modem.personality.answer_ms)
        final: str | None = None
        try:
            for command in commands_of(body):
                self._command_name = command.name
                modem.note_command(command)
                yield Passing(Point.RECEIVED)
                final = yield from modem.run(command)
                self._flush_info()
                if final:
                    break
        except CommandFailed as failure:
            final = self._failure_text(failure)
        except ArgumentMistake as mistake:
            modem.mistake("bad argument", command=self._command_name, what=str(mistake))
            final = self._failure_text(CommandFailed(modem.personality.argument_cme))
        except SyntaxMistake as mistake:
            modem.mistake("syntax", what=str(mistake))
            final = ERROR
        self._flush_info()
        yield Passing(Point.BEFORE_FINAL)
        return OK if final is None else final

    def _failure_text(self, failure: CommandFailed) -> str:
        modem = self._modem
        return failure.result(
            modem.ram.line.error_format,
            is_capitalised=modem.personality.errors_are_capitalised,
            own_texts=modem.personality.error_texts,
        )

    def _resume(self, job: Steps, value: Any) -> None:
        if self._job is job:
            self._pause = None
            self._advance(job, value)

    def _advance(self, job: Steps, value: Any) -> None:
        failure: CommandFailed | None = None
        while True:
            try:
                step = job.send(value) if failure is None else job.throw(failure)
            except StopIteration as stop:
                self._finish(job, stop.value)
                return
            value = failure = None
            if self._job is job and isinstance(step, Passing):
                self._modem.faults.passed(self._command_name, step.point)
                if self._job is job:
                    failure = self._modem.faults.take_failure(step.point)
                    continue
            if self._job is not job:
                job.close()  # the command, or a fault set on it, restarted the modem
                return
            self._wait(job, step)
            return

    def _wait(self, job: Steps, step: Step) -> None:
        self._flush_info()
        if isinstance(step, Pause):
            self._pause = step
            self._modem.clock.call_later(step.duration_ms, lambda: self._resume(job, None))
        elif isinstance(step, Prompt):
            self._prompt = step
            self._prompted_at_ms = self._modem.clock.now_ms()
            if step.text and not self._modem.faults.takes_prompt():
                self._modem.uart.write(step.text)
            self._modem.faults.passed(self._command_name, Point.PROMPT)
            is_payload = self._modem.personality.line_feed_enters_data_mode
            if step.is_data_mode and is_payload and self._has_swallowed_line_feed:
                self._has_swallowed_line_feed = False
                self.receive(b"\n")
        elif isinstance(step, Hear):
            self._hearing = step
            self._modem.clock.call_later(step.limit_ms, lambda: self._heard_nothing(job, step))

    def _heard_nothing(self, job: Steps, step: Hear) -> None:
        if self._hearing is step:
            self._hearing = None
            self._resume(job, b"")

    def _finish(self, job: Steps, result: str) -> None:
        if self._job is not job:
            return
        self._job = self._pause = self._prompt = self._hearing = None
        self._modem.note_result(self._command_name, result)
        self._emit_final(result)
        self._modem.faults.passed(self._command_name, Point.AFTER_FINAL)
        self.release()
        if self._excess:
            excess = bytes(self._excess)
            self._excess.clear()
            self.receive(excess)

    # -- to the host -----------------------------------------------------------------------

    def release(self) -> None:
        """Send the URCs that were held, when nothing holds them any more."""
        while self._held and self._job is None and self._may_speak:
            self._modem.uart.write(self._held.popleft())

    @property
    def _may_speak(self) -> bool:
        return self._modem.rts_is_on or not self._modem.personality.minds_rts

    def info(self, line: str) -> None:
        """Add a line to the running command's information response."""
        self._modem.conversation.add(f"< {line}")
        self._info.append(line)

    def interim(self, result: str) -> None:
        """Send a final result before the command has ended."""
        self._flush_info()
        self._modem.conversation.add(f"< {result}")
        self._emit_final(result)

    def raw(self, data: bytes) -> None:
        """Send bytes as part of the running command's answer, as they are."""
        self._flush_info()
        self._modem.conversation.add_payload("<", data)
        self._modem.uart.write(data)

    def urc(self, data: bytes) -> None:
        """Send a framed unsolicited result now, or when the running command is done."""
        if self._is_in_data_mode and self._modem.personality.urcs_in_data_mode_are_lost:
            self._modem.note("urc_lost", reason="data mode", size=len(data))
            return
        is_guarded = self._job is not None and self._modem.personality.urcs_wait_for_the_command
        if is_guarded or self._prompt is not None or not self._may_speak:
            self._held.append(data)
        else:
            self._modem.uart.write(data)

    @property
    def _is_in_data_mode(self) -> bool:
        return self._prompt is not None and self._prompt.is_data_mode

    def framed(self, text: str) -> bytes:
        """An information line or URC as V0 or V1 frames it (V.250, 5.7.1)."""
        lead = "\r\n" if self._modem.ram.line.verbose else ""
        return f"{lead}{text}\r\n".encode("latin-1")

    def _flush_info(self) -> None:
        if self._info:
            lines, self._info = self._info, []
            self._modem.uart.write(self.framed("\r\n".join(lines)))

    def _emit_final(self, result: str) -> None:
        line = self._modem.ram.line
        if line.quiet or result == NO_RESULT:
            return
        if line.verbose:
            self._modem.uart.write(f"\r\n{result}\r\n".encode("latin-1"))
        elif result in NUMERIC:
            self._modem.uart.write(b"%d\r" % NUMERIC[result])
        else:
            self._modem.uart.write(f"{result}\r\n".encode("latin-1"))


def note_of(command: Command, secret_names: frozenset[str]) -> str:
    """A command as the timeline may show it."""
    text = "…" if command.name in secret_names and command.text else command.text
    return f"{command.name}{command.form.value if command.is_extended else ''}{text}"
