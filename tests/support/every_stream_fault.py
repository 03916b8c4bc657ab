"""One session of the driver with a TCP stream, and a fault of either catalogue at any command.

    cases = cases_of("bg95", StreamSession)
    try_all(cases)                      # of `every_fault`

A session attaches, connects to an echo server, writes, reads all back and closes. What is right
after a fault is what is right after a session with a datagram (`fault_outcomes`), and a few ends
more. Whatever it comes to: what was read is the beginning of what the server sent; without an
error, what the server heard is the beginning of what was written; and a stream never ends early
without an error, unless its peer closed it or the modem cannot tell that from a reset.
"""

import asyncio
import random

from nce_modem import errors
from nce_sim.modem.faults.catalogue import CATALOGUE, STREAM_CATALOGUE
from nce_sim.network.core import Address
from support import fault_outcomes
from support.driver_bench import SEND_COMMANDS
from support.every_fault import RECEIVE_MS, Session, fault_of
from support.fault_outcomes import Wrong

STREAM_SEND_COMMANDS = SEND_COMMANDS | {"sara-r4": "+USOWR", "sara-r5": "+USOWR"}
SERVER = Address("203.0.113.7", 80)
SIZE = 600  # bytes there and back
FIRST, SECOND = (random.Random(seed).randbytes(SIZE) for seed in (1, 2))


class Echo:
    """A server that sends back what it hears, and keeps it, connection by connection."""

    def __init__(self, bench):
        self.heard = []
        bench.world.core.internet.serve(SERVER, self._serve)

    async def _serve(self, reader, writer):
        heard = bytearray()
        self.heard.append(heard)
        try:
            while data := await reader.read(4096):
                heard += data
                writer.write(data)
                await writer.drain()
        except ConnectionError:  # the device was switched off, or its connection reset
            pass
        writer.close()


class StreamSession(Session):
    """A session whose datagram is a stream of `SIZE` bytes."""

    faults = CATALOGUE + STREAM_CATALOGUE
    send_commands = STREAM_SEND_COMMANDS
    first, second = FIRST, SECOND

    def __init__(self, bench):
        super().__init__(bench)
        if not hasattr(bench, "stream_echo"):
            bench.stream_echo = Echo(bench)
        self._connections_before = len(bench.stream_echo.heard)
        self.read = b""
        self.is_ended = False
        self.close_error = None

    async def open(self, modem):
        _reader, writer = await modem.open_connection(SERVER.host, SERVER.port)
        return writer

    async def send(self, port, data):
        port.write(data)
        await port.drain()

    async def receive(self, port, data):
        try:
            await asyncio.wait_for(self._read_all(port, len(data)), RECEIVE_MS / 1000)
        except TimeoutError:
            return None
        return self.read

    async def _read_all(self, port, size):
        while len(self.read) < size and not self.is_ended:
            part = await port.read(size - len(self.read))
            self.read += part
            self.is_ended = not part

    async def close(self, port):
        port.close()
        try:
            await port.wait_closed()
        except errors.ModemError as error:
            self.close_error = error

    @property
    def outcome(self):
        """As of a session with a datagram, and `ended`: the stream did so, too early."""
        return "ended" if self.is_ended else super().outcome

    def check(self, case, command):
        fault = fault_of(case)
        fault_outcomes.check_stream(case.personality, fault, case.point, self, command)
        if self.outcome == "success" and self.close_error is not None:
            raise Wrong(f"all came back, and then: {self.close_error!r}")
        if self._heard is not None:
            self.check_bytes(case.personality, fault, case.point)

    @property
    def _heard(self):
        """By the server on this connection; None when there was none."""
        connections = self.bench.stream_echo.heard[self._connections_before :]
        return bytes(connections[-1]) if connections else None

    def check_bytes(self, personality, fault, point):
        if not self._heard.startswith(self.read):
            raise Wrong(f"read {self.read[:40]!r}, and the server said {self._heard[:40]!r}")
        # Once a send has failed nobody knows what the modem made of it.
        if self.error is None and not FIRST.startswith(self._heard):
            fault_outcomes.check_stream_lie(personality, fault, point, self._heard, FIRST)

    def check_recovered(self, tries):
        if self.answer != SECOND or self._heard != SECOND:
            raise Wrong(f"{len(self.answer)} bytes came of {len(self._heard)} of {SIZE}")
