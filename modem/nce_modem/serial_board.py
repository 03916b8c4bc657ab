"""A board that is a serial port of this computer (CPython with pyserial, POSIX).

    modem = Modem(SerialBoard("/dev/ttyUSB0", baudrate=115_200))
    modem = Modem(SerialBoard("socket://192.0.2.7:5555"))       # a port server, raw TCP

`power_line="dtr"` (or `"rts"`): this line drives the modem's PWRKEY, pressed when asserted.
"""

import asyncio

from nce_modem.errors import LineClosed

_MOST_UNREAD = 65_536  # bytes the host may be behind; more are a fault of its own
_WRITE_POLL_S = 0.005


class SerialBoard:
    """A modem on a serial port; `power_key` is None unless `power_line` names a line for it."""

    def __init__(self, port, baudrate=115_200, power_line=None, rtscts=False):
        if power_line not in (None, "dtr", "rts"):
            raise ValueError("power line %r; it may be 'dtr' or 'rts'" % (power_line,))
        self.port = port
        self.baudrate = baudrate
        self.rtscts = rtscts
        self.power_key = self._press if power_line else None
        self._power_line = power_line
        self._serial = None

    def _press(self, is_pressed):
        if self._serial is not None and self._serial.is_open:
            setattr(self._serial, self._power_line, is_pressed)

    async def open_uart(self):
        """The line, as a (reader, writer); raises `LineClosed` when the port cannot be opened."""
        if self.port.startswith("socket://"):
            host, _, number = self.port[len("socket://") :].rpartition(":")
            return await asyncio.open_connection(host, int(number))
        import serial

        try:
            self._serial = serial.Serial(
                self.port, self.baudrate, timeout=0, write_timeout=0, rtscts=self.rtscts
            )
        except serial.SerialException as error:
            raise LineClosed("%s cannot be opened: %s" % (self.port, error))
        except ImportError:  # pragma: no cover
            raise LineClosed("a serial port needs pyserial: pip install pyserial")
        if self._power_line:
            self._press(False)
        line = SerialLine(self._serial, asyncio.get_event_loop())
        return line, line


class SerialLine:
    """Reader and writer of an open port, as asyncio streams look."""

    def __init__(self, port, loop):
        self._port = port
        self._loop = loop
        self._received = bytearray()
        self._to_write = bytearray()
        self._more = asyncio.Event()
        self._is_gone = False
        self._descriptor = port.fileno()
        loop.add_reader(self._descriptor, self._on_readable)

    def _on_readable(self):
        import serial

        try:
            data = self._port.read(4096)
        except (serial.SerialException, OSError):
            # Readable with nothing to read: the device was pulled out.
            self._stop_reading()
            return
        self._received += data
        if len(self._received) > _MOST_UNREAD:
            self._stop_reading()
        self._more.set()

    def _stop_reading(self):
        if not self._is_gone:
            self._is_gone = True
            self._loop.remove_reader(self._descriptor)
            self._more.set()

    async def read(self, size):
        """1 to `size` bytes, b"" when the line is gone."""
        while not self._received and not self._is_gone:
            self._more.clear()
            await self._more.wait()
        data = bytes(self._received[:size])
        self._received = self._received[size:]
        return data

    def write(self, data):
        """Take bytes; `drain` gives them to the port."""
        self._to_write += data

    async def drain(self):
        """Write everything that was taken; the caller bounds the time. OSError when gone."""
        import serial

        while self._to_write:
            if self._is_gone:
                raise LineClosed("the serial port is gone; was it pulled out?")
            try:
                written = self._port.write(self._to_write)
            except serial.SerialTimeoutException:
                written = 0
            except serial.SerialException as error:
                raise LineClosed("the serial port failed: %s" % error)
            self._to_write = self._to_write[written or 0 :]
            if self._to_write:
                await asyncio.sleep(_WRITE_POLL_S)

    def close(self):
        """Close the port; closing twice is harmless."""
        self._stop_reading()
        self._port.close()

    async def wait_closed(self):
        """There is nothing to wait for."""
