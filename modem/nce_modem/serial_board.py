"""A board that is a serial port of this computer, or one across the network (CPython, pyserial).

    modem = Modem(SerialBoard("/dev/ttyUSB0", baudrate=115_200))
    modem = Modem(SerialBoard("socket://192.0.2.7:5555"))       # a port server, raw TCP
    modem = Modem(SerialBoard("rfc2217://192.0.2.7:2217"))      # the same with its control lines

`power_line="dtr"` (or `"rts"`): this line drives the modem's PWRKEY, pressed when asserted.
`rtscts=True`: the line has flow control by RTS and CTS. Every other URL of pyserial's
`serial_for_url` works as well. A local port is locked, so that no second program reads from it.
"""

import asyncio
import errno

from nce_modem.errors import LineClosed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any


_MOST_UNREAD = 65_536  # bytes that the host may leave unread; more is a fault of the host
_WRITE_POLL_S = 0.005
_READ_TIMEOUT_S = 0.1  # of a port without a descriptor; closing may take this long


# Reasons of the system -> the step of a report, and what to try.
PORT_ERRORS = (
    (
        (errno.ENOENT, errno.ENODEV, errno.ENXIO),
        "port missing",
        "check the cable and the modem's supply; `nce doctor --list` shows the ports of this "
        "computer",
    ),
    (
        (errno.EACCES, errno.EPERM),
        "port forbidden",
        "your user may not open it: add yourself to the group that owns it (dialout on Debian, "
        "uucp on Arch), then log in again",
    ),
    (
        (errno.EBUSY, errno.EAGAIN),
        "port busy",
        "another program has it: close that one; ModemManager leaves a port alone with "
        "`systemctl stop ModemManager`",
    ),
    (
        (errno.ECONNREFUSED, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH),
        "port missing",
        "nothing answers at this address: check host and number, and that the port server runs",
    ),
)


class PortError(LineClosed):
    """A port that cannot be opened: `step` says how, for a report, `remedy` what to try."""

    def __init__(self, port: str, error: Exception) -> None:
        # pyserial's ports behind a URL wrap the system's error in one without a number.
        cause = getattr(error, "__context__", None)
        number = getattr(error, "errno", None) or getattr(cause, "errno", None)
        self.step = "port"
        self.remedy = "check the port's name; `nce doctor --list` shows the ports of this computer"
        for numbers, step, remedy in PORT_ERRORS:
            if number in numbers:
                self.step, self.remedy = step, remedy
        super().__init__("%s cannot be opened: %s; %s" % (port, error, self.remedy))


class SerialBoard:
    """A modem on a serial port; `power_key` is None unless `power_line` names a line for it."""

    def __init__(
        self,
        port: "Any",
        baudrate: int = 115_200,
        power_line: "str | None" = None,
        rtscts: bool = False,
    ) -> None:
        if power_line not in (None, "dtr", "rts"):
            raise ValueError("power line %r; it may be 'dtr' or 'rts'" % (power_line,))
        if rtscts and power_line == "rts":
            raise ValueError("RTS cannot drive the power key and control the flow")
        self.port = port
        # None where the rate is another device's: the driver then searches at no other.
        self.baudrate = None if str(port).startswith("socket://") else baudrate
        self.rtscts = rtscts
        self.power_key = self._press if power_line else None
        self._power_line = power_line
        self._line: "_Line | None" = None

    @classmethod
    def from_arguments(cls, arguments: "list[str]") -> "SerialBoard":
        """The board of `PORT [BAUDRATE]` on the command line; a ValueError shows the usage."""
        try:
            port, *rest = arguments
            (baudrate,) = rest or (115_200,)
            return cls(port, int(baudrate))
        except ValueError:
            raise ValueError(
                "usage: PORT [BAUDRATE], such as /dev/ttyUSB0 115200 or socket://host:port; got %r"
                % (arguments,)
            )

    def _press(self, is_pressed: bool) -> None:
        if self._line is not None:
            self._line.set_control(self._power_line, is_pressed)  # type: ignore[arg-type]

    async def open_uart(self, baudrate: "int | None" = None) -> "tuple[Any, Any]":
        """The line, as a (reader, writer); raises `PortError` when the port cannot be opened.

        baudrate: another rate than the board's.
        """
        try:
            if self.port.startswith("socket://"):
                host, _, number = self.port[len("socket://") :].rpartition(":")
                return await asyncio.open_connection(host, int(number))
            self._line = await self._open(baudrate or self.baudrate)
        except (OSError, ValueError) as error:  # pyserial's errors are OSErrors
            raise PortError(self.port, error)
        except ImportError:  # pragma: no cover
            raise LineClosed("a serial port needs pyserial: pip install pyserial")
        return self._line, self._line

    async def _open(self, baudrate: "int | None") -> "_Line":
        import serial

        is_local = "://" not in self.port
        port = serial.serial_for_url(self.port, baudrate, do_not_open=True)
        port.rtscts = self.rtscts
        if self._power_line:
            setattr(port, self._power_line, False)  # else opening would press the key
        loop = asyncio.get_event_loop()
        if is_local:
            port.timeout = port.write_timeout = 0
            port.exclusive = True
            port.open()
            return SerialLine(port, loop)
        # Opening and reading wait for the other end: neither may block the loop.
        port.timeout = _READ_TIMEOUT_S
        await loop.run_in_executor(None, port.open)
        return ThreadedLine(port, loop)


class _Line:
    """Reader and writer of an open port, with the methods of asyncio streams."""

    def __init__(self, port: "Any", loop: "Any") -> None:
        self._port = port
        self._loop = loop
        self._received = bytearray()
        self._to_write = bytearray()
        self._more = asyncio.Event()
        self._is_gone = False

    def _take(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _MOST_UNREAD:
            self._stop_reading()
        self._more.set()

    def _stop_reading(self) -> None:
        self._is_gone = True
        self._more.set()

    async def read(self, size: int) -> bytes:
        """1 to `size` bytes, b"" when the line is gone."""
        while not self._received and not self._is_gone:
            self._more.clear()
            await self._more.wait()
        data = bytes(self._received[:size])
        self._received = self._received[size:]
        return data

    def write(self, data: bytes) -> None:
        """Take bytes; `drain` gives them to the port."""
        self._to_write += data

    async def drain(self) -> None:
        """Write everything that was taken; the caller bounds the time. OSError when gone."""
        while self._to_write:
            if self._is_gone:
                raise LineClosed("the serial port is gone; was it pulled out?")
            try:
                written = await self._write()
            except OSError as error:  # pyserial's errors are OSErrors
                raise LineClosed("the serial port failed: %s" % error)
            self._to_write = self._to_write[written:]

    async def _write(self) -> int:
        raise NotImplementedError

    def set_control(self, name: str, is_on: bool) -> None:
        """Set a control line, "dtr" or "rts"; a closed port has none."""
        if self._port.is_open:
            setattr(self._port, name, is_on)

    def close(self) -> None:
        """Close the port; closing twice is harmless."""
        self._stop_reading()
        self._port.close()

    async def wait_closed(self) -> None:
        """There is nothing to wait for."""


class SerialLine(_Line):
    """A port with a descriptor, watched by the loop."""

    def __init__(self, port: "Any", loop: "Any") -> None:
        _Line.__init__(self, port, loop)
        self._descriptor = port.fileno()
        loop.add_reader(self._descriptor, self._on_readable)

    def _on_readable(self) -> None:
        try:
            data = self._port.read(4096)
        except OSError:
            # Readable with nothing to read: the device was pulled out.
            self._stop_reading()
            return
        self._take(data)

    def _stop_reading(self) -> None:
        if not self._is_gone:
            self._loop.remove_reader(self._descriptor)
        _Line._stop_reading(self)

    async def _write(self) -> int:
        import serial

        try:
            written = self._port.write(self._to_write) or 0
        except serial.SerialTimeoutException:
            written = 0
        if written < len(self._to_write):
            await asyncio.sleep(_WRITE_POLL_S)
        return written


class ThreadedLine(_Line):
    """A port of `serial_for_url`, which no loop can watch: one thread reads, another writes."""

    def __init__(self, port: "Any", loop: "Any") -> None:
        _Line.__init__(self, port, loop)
        from concurrent.futures import ThreadPoolExecutor  # portable: only on the host
        from threading import Thread  # portable: only on the host

        self._is_closed = False
        self._writing = ThreadPoolExecutor(1)
        # A daemon thread: a program that forgets to close the port still ends.
        self._reading = Thread(target=self._read_on, daemon=True)
        self._reading.start()

    def _read_on(self) -> None:
        try:
            while not self._is_gone:
                data = self._port.read(1)
                if data:
                    data += self._port.read(self._port.in_waiting)
                    self._loop.call_soon_threadsafe(self._take, data)
        except OSError:
            if not self._is_gone:  # then the loop may be closed as well
                self._loop.call_soon_threadsafe(self._stop_reading)

    async def _write(self) -> int:
        data = bytes(self._to_write)
        await self._loop.run_in_executor(self._writing, self._port.write, data)
        return len(data)

    def set_control(self, name: str, is_on: bool) -> None:
        """Set a control line, soon: the other end is asked. A port that fails is gone."""
        if not self._is_closed:
            self._writing.submit(self._set, name, is_on)

    def _set(self, name: str, is_on: bool) -> None:
        try:
            _Line.set_control(self, name, is_on)
        except (OSError, ValueError):  # no answer; a refusal
            self._loop.call_soon_threadsafe(self._stop_reading)

    def close(self) -> None:
        """Close the port when the threads no longer use it; closing twice is harmless."""
        self._stop_reading()
        if not self._is_closed:
            self._is_closed = True
            self._writing.submit(self._let_go)
            self._writing.shutdown(False)

    def _let_go(self) -> None:
        self._reading.join()
        self._port.close()

    async def wait_closed(self) -> None:
        """Until the port is closed."""
        await self._loop.run_in_executor(None, self._writing.shutdown)
