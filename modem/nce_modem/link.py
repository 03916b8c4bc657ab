"""The asyncio adapter of the AT channel: one reader task, one command at a time.

    link = Link(family, now_ms, on_urc, on_reset, on_broken, on_other)
    await link.open(board)
    answer = await link.run(family.command("AT+CEREG?"))

The task that awaits an answer also watches the deadlines, so an idle line needs no timer. When
the reader dies or the modem restarts, every waiting task gets the error.
"""

import asyncio

from nce_modem.at import events as at_events
from nce_modem.at import results
from nce_modem.at.channel import Channel
from nce_modem.errors import CommandFailed, CommandTimeout, LineClosed, ModemError, ModemReset
from nce_modem.waiting import wait_event, within

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import (
        Answer,
        Any,
        Board,
        Callable,
        Clock,
        Command,
        E,
        Events,
        Failed,
        Family,
        Match,
        Memory,
        Note,
        Reader,
        Urc,
        V,
        Writer,
    )


class Waiter:
    """A task that waits: its `value` or `error` is set, then its `event`."""

    def __init__(self, match: "Match | None" = None) -> None:
        self.event = asyncio.Event()
        self.match: "Any" = match  # of an unsolicited result: its value, None, or False
        self.value: "Any" = None
        self.error: "ModemError | None" = None


class Link:
    """Commands and unsolicited results over a board's UART."""

    def __init__(
        self,
        family: "Family",
        now_ms: "Clock",
        on_urc: "Callable[[Urc], None]",
        on_reset: "Callable[[str], None]",
        on_broken: "Callable[[ModemError], None]",
        on_other: "Callable[[Note], None]",
    ) -> None:
        self.channel = Channel(family.profile.dialect)
        self.now_ms = now_ms
        self.error: "ModemError | None" = LineClosed("the line is not open; power_on() opens it")
        self._on_urc = on_urc
        self._takers: "list[Callable[[Urc], bool]]" = []
        self._on_reset = on_reset
        self._on_broken = on_broken
        self._on_other = on_other
        self._command_lock = asyncio.Lock()
        self.together = asyncio.Lock()  # for commands that only make sense one after another
        # What the family must remember of this modem until it restarts.
        self.memory: "Memory" = {}
        self._write_lock = asyncio.Lock()
        self._running: "tuple[Command, Waiter] | None" = None
        self._due_ms: "int | None" = None  # until when its waiter sleeps
        self._waiters: "list[Waiter]" = []
        self._writer: "Writer | None" = None
        self._task: "asyncio.Task[None] | None" = None
        self.heard = asyncio.Event()  # set by every byte from the modem
        self.received = bytearray()  # the first bytes heard, for the case that none is an answer

    @property
    def is_open(self) -> bool:
        return self.error is None

    @property
    def is_silent(self) -> bool:
        """Whether the modem has answered none of three commands in a row."""
        return self.channel.timeouts_in_a_row >= 3

    def offer_urcs_to(self, take: "Callable[[Urc], bool]") -> None:
        """Offer every unsolicited result to `take(urc)` first; True means that it took the result.

        The reader runs `take`, so `take` must not ask the modem anything.
        """
        self._takers.append(take)

    def family_changed(self, family: "Family") -> None:
        """Read the line by another family's dialect from now on."""
        self.channel.dialect = family.profile.dialect

    async def open(self, board: "Board") -> None:
        """Open the board's UART and start reading it."""
        if self.is_open:
            return
        await self.close()
        reader, self._writer = await board.open_uart()
        self.error = None
        self._task = asyncio.create_task(self._pump(reader))

    async def close(self, error: "ModemError | None" = None) -> None:
        """Stop reading; every waiting task gets `error`. Never raises."""
        self._break(error or LineClosed("the line was closed"))
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            try:
                await task
            except (asyncio.CancelledError, OSError):
                pass
        writer: "Any"  # closing is optional
        writer, self._writer = self._writer, None
        if writer is not None and hasattr(writer, "close"):
            try:
                writer.close()
                await asyncio.wait_for(_closed(writer), 1)
            except (OSError, asyncio.TimeoutError):
                pass

    def _break(self, error: ModemError) -> None:
        self.error = error
        if self._running is not None:
            self._waiters.append(self._running[1])
        self._fail_waiters(error)
        self._on_broken(error)

    def _fail_waiters(self, error: ModemError) -> None:
        for waiter in self._waiters:
            waiter.error = error
            waiter.event.set()
        self._waiters = []

    async def _pump(self, reader: "Reader") -> None:
        try:
            while True:
                data = await reader.read(256)
                if not data:
                    raise LineClosed(
                        "the UART was closed; check that the modem is still connected"
                    )
                self.heard.set()
                if len(self.received) < 64:
                    self.received += data
                self.dispatch(self.channel.receive_data(data, self.now_ms()))
                self._hurry()
                await self._flush()
        except ModemError as error:
            self._break(error)
        except OSError as error:
            self._break(LineClosed("the UART failed: %s" % error))
        except Exception as error:  # noqa: BLE001 - no task may be left waiting
            self._break(ModemError("reading the UART failed: %r" % error))

    def _hurry(self) -> None:
        """Wake the waiting task when a deadline came nearer: the delay after a prompt."""
        due_ms = self.channel.next_timeout()
        if self._running is not None and due_ms is not None:
            if self._due_ms is None or due_ms < self._due_ms:
                self._running[1].event.set()

    async def _flush(self) -> None:
        async with self._write_lock:
            data = self.channel.data_to_send()
            if not data:
                return
            if self._writer is None:
                raise self.error or LineClosed("the line is closed")
            self._writer.write(data)
            try:
                await within(_drained(self._writer), 10)
            except asyncio.TimeoutError:
                raise ModemError("the UART took no bytes for 10 s")

    def dispatch(self, events: "Events") -> None:
        """Hand events on: those of the channel, and results that a family finds to be lost."""
        for event in events:
            if isinstance(event, at_events.Urc):
                if not self._is_awaited(event) and not self._is_taken(event):
                    self._on_urc(event)
            elif isinstance(event, at_events.Reset):
                self.memory = {}
                self._on_reset(event.banner)
                # The channel fails the running command, unless that survives a restart.
                self._fail_waiters(
                    self.error_of(ModemReset, "the modem restarted (%s)" % event.banner)
                )
            elif isinstance(event, (at_events.Answer, at_events.Failed)):
                if self._running is not None and self._running[0] is event.command:
                    self._running[1].value = event
                    self._running[1].event.set()
            else:
                self._on_other(event)

    def _is_awaited(self, urc: "Urc") -> bool:
        """Whether a task waits for this result; then no other code sees it."""
        for waiter in self._waiters:
            if waiter.value is None:
                value = waiter.match(urc)
                if value is not None:
                    if value is not False:
                        waiter.value = value
                        waiter.event.set()
                    return True
        return False

    def _is_taken(self, urc: "Urc") -> bool:
        for take in self._takers:
            if take(urc):
                return True
        return False

    def error_of(self, kind: "type[E]", message: str) -> "E":
        """An error with the transcript as it is now."""
        return kind(message, self.channel.transcript)

    async def write(self, data: bytes, what: str) -> None:
        """Write bytes that are not a command; the transcript shows `what`."""
        self.channel.send_raw(data, what)
        await self._flush()

    async def run(self, command: "Command") -> "Answer":
        """Send one command and await its answer; raises the error that fits a failure."""
        async with self._command_lock:
            if self.error is not None:
                raise self.error
            waiter = Waiter()
            self._running = (command, waiter)
            try:
                self.channel.send(command, self.now_ms())
                outcome = await self._conclude(waiter)
            finally:
                self._running = None
                self.channel.withdraw(command)
        if isinstance(outcome, at_events.Failed):
            raise self._error_of_failure(outcome)
        if not outcome.is_ok:
            final = outcome.final
            code = results.error_code(final)
            raise CommandFailed(command.name, final, code, self.channel.transcript)
        return outcome

    async def run_until(
        self, command: "Command", match: "Callable[[Urc], V | None]", timeout_ms: int
    ) -> "V":
        """Run `command`, then await an unsolicited result, which may come before the final result.

        `match(urc)` gives the value to return; None when the result belongs elsewhere; False when
        it belongs here and has no value yet. A timeout raises `CommandTimeout`.
        """
        waiter = Waiter(match)
        self._waiters.append(waiter)
        try:
            await self.run(command)
            if not await wait_event(waiter.event, timeout_ms):
                message = "%s: no result within %d ms" % (command.name, timeout_ms)
                raise self.error_of(CommandTimeout, message)
            if waiter.error is not None:
                raise waiter.error
            return waiter.value  # type: ignore[no-any-return]
        finally:
            if waiter in self._waiters:
                self._waiters.remove(waiter)

    async def _conclude(self, waiter: "Waiter") -> "Answer | Failed":
        while True:
            await self._flush()
            self._due_ms = due_ms = self.channel.next_timeout()
            now_ms = self.now_ms()
            wait_ms = 1000 if due_ms is None else due_ms - now_ms
            if await wait_event(waiter.event, wait_ms):
                if waiter.error is not None:
                    raise waiter.error
                if waiter.value is not None:
                    return waiter.value  # type: ignore[no-any-return]
                waiter.event.clear()
                continue
            self.dispatch(self.channel.handle_timeout(self.now_ms()))

    def _error_of_failure(self, failed: "Failed") -> ModemError:
        name = failed.command.name
        if failed.reason == at_events.RESET:
            return self.error_of(ModemReset, "the modem restarted while %s was pending" % name)
        if self.is_silent and failed.command.drains:
            from nce_modem.errors import ModemSilent

            message = "the modem answered none of several commands, %s last" % name
            return self.error_of(ModemSilent, message)
        return self.error_of(CommandTimeout, "%s: %s" % (name, failed.reason))


async def _drained(writer: "Writer") -> None:
    await writer.drain()


async def _closed(writer: "Any") -> None:
    # MicroPython's stream closes the UART, and `machine.UART` has `deinit` in place of `close`.
    port: "Any" = getattr(writer, "s", None)
    if hasattr(port, "deinit") and not hasattr(port, "close"):
        port.deinit()
    elif hasattr(writer, "wait_closed"):
        await writer.wait_closed()
