"""A host's program for a stream, per family, as short as its manual lets it be.

    program = PROGRAMS["bg95"](typist)
    program.open()
    taken = program.send(b"hello")      # how many bytes the modem took
    program.read()                      # b"" when nothing is there
    program.close()

They wait for a final result and count the bytes of a payload; nothing is shared with a driver.
"""

import re
from collections.abc import Callable

from nce_sim.ports.typist import Typist

CAT1 = ("ec21", "ec25", "eg91", "eg95")
FINAL = rb"\r\n(OK|ERROR|NO CARRIER|\+CME ERROR: \d+)\r\n"


def ended(typist: Typist, sent: bytes) -> bytes:
    """A command line with the end that the family takes; a payload as it is."""
    return typist.ended(sent) if sent.startswith(b"AT") else sent


class Program:
    most = 1_024
    limit_ms = 700_000
    host, port = "203.0.113.7", 80

    def __init__(self, typist: Typist):
        self.typist = typist
        self.said = b""  # URCs and what else was not asked for

    def until(self, sent: bytes, pattern: bytes) -> re.Match[bytes]:
        """Send, and wait for the pattern; what follows it is kept."""
        received = self.typist.type(ended(self.typist, sent), 0)
        for _ in range(self.limit_ms // 20):
            found = re.search(pattern, received, re.DOTALL)
            if found:
                self.said += received[: found.start()] + received[found.end() :]
                return found
            received += self.typist.wait(20)
        raise TimeoutError(f"{sent[:40]!r} was answered by {received[-80:]!r}")

    def counted(self, sent: bytes, header: bytes, tail: bytes = b"") -> bytes:
        """Bytes behind a header that counts them; b"" for another final result."""
        received = self.typist.type(ended(self.typist, sent), 0)
        for _ in range(self.limit_ms // 20):
            found = re.search(header, received, re.DOTALL)
            if found and found[1] is not None:
                end = found.end() + int(found[1])
                rest = received[end:]
                if re.match(re.escape(tail) + FINAL, rest, re.DOTALL):
                    self.said += received[: found.start()] + rest
                    return received[found.end() : end]
            elif re.search(FINAL, received):
                self.said += received
                return b""
            received += self.typist.wait(20)
        raise TimeoutError(f"{sent!r} was answered by {received[-80:]!r}")

    def command(self, line: bytes) -> bytes:
        return self.until(line + b"\r", FINAL)[1]


class Quectel(Program):
    most = 1_460

    def open(self):
        line = f'AT+QIOPEN=1,0,"TCP","{self.host}",{self.port},0,0\r'
        assert self.until(line.encode(), rb"\r\n\+QIOPEN: 0,(\d+)\r\n")[1] == b"0"

    def send(self, data):
        self.until(b"AT+QISEND=0,%d\r" % len(data), rb"\r\n> ")
        final = self.until(data, rb"\r\n(SEND OK|SEND FAIL|ERROR)\r\n")[1]
        assert final != b"ERROR"
        return len(data) if final == b"SEND OK" else 0

    def read(self):
        return self.counted(b"AT+QIRD=0,1500\r", rb"\r\n\+QIRD: (?:0\r\n|(\d+)\r\n)", b"\r\n")

    def close(self):
        assert self.command(b"AT+QICLOSE=0") == b"OK"


class Cip(Program):
    most = 1_460

    def open(self):
        line = f'AT+CIPSTART=0,"TCP","{self.host}",{self.port}\r'
        assert self.until(line.encode(), rb"\r\n0, CONNECT (OK|FAIL)\r\n")[1] == b"OK"

    def send(self, data):
        self.until(b"AT+CIPSEND=0,%d\r" % len(data), rb"\r\n> ")
        final = self.until(data, rb"\r\n0, SEND (OK|FAIL)\r\n")[1]
        return len(data) if final == b"OK" else 0

    def read(self):
        header = rb"\r\n\+CIPRXGET: 2,0,(?:0,0\r\n|(\d+),\d+\r\n)"
        return self.counted(b"AT+CIPRXGET=2,0,1460\r", header)

    def close(self):
        assert self.until(b"AT+CIPCLOSE=0,0\r", rb"\r\n0, CLOSE OK\r\n")


class Net(Program):
    most = 1_460
    unacknowledged = 4_096  # as many as the send buffer has room for in any case

    def open(self):
        line = f'AT+CIPOPEN=0,"TCP","{self.host}",{self.port}\r'
        assert self.until(line.encode(), rb"\r\n\+CIPOPEN: 0,(\d+)\r\n")[1] == b"0"

    def send(self, data):
        # A send that is not taken whole is the last one.
        line = b"AT+CIPACK=0\r"
        counts = self.until(line, rb"\r\n\+CIPACK: (\d+),(\d+),\d+\r\n\r\nOK\r\n")
        room = self.unacknowledged - int(counts[1]) + int(counts[2])
        data = data[:room]
        if data:
            self.until(b"AT+CIPSEND=0,%d\r" % len(data), rb"\r\n>")
            found = self.until(data, rb"\r\n\+CIPSEND: 0,(\d+),(-?\d+)\r\n")
            assert found[1] == found[2]
        return len(data)

    def read(self):
        header = rb"\r\n\+CIPRXGET: 2,0,(\d+),\d+\r\n"
        return self.counted(b"AT+CIPRXGET=2,0,1500\r", header, b"\r\n")

    def close(self):
        assert self.until(b"AT+CIPCLOSE=0\r", rb"\r\n\+CIPCLOSE: 0,0\r\n")


class Ca(Program):
    most = 1_459

    def open(self):
        line = f'AT+CAOPEN=0,0,"TCP","{self.host}",{self.port}'
        assert self.command(line.encode()) == b"OK"
        assert b"+CAOPEN: 0,0\r\n" in self.said

    def send(self, data):
        room = int(self.until(b"AT+CASEND=0\r", rb"\+CASEND: (\d+)\r\n\r\nOK\r\n")[1])
        data = data[:room]
        if data:
            self.until(b"AT+CASEND=0,%d\r" % len(data), rb"\r\n>")
            assert self.until(data, FINAL)[1] == b"OK"
        return len(data)

    def read(self):
        return self.counted(b"AT+CARECV=0,1459\r", rb"\r\n\+CARECV: (?:0\r\n|(\d+),)", b"\r\n")

    def close(self):
        assert self.command(b"AT+CACLOSE=0") == b"OK"


class Ublox(Program):
    def open(self):
        assert self.until(b"AT+USOCR=6\r", rb"\+USOCR: 0\r\n\r\nOK\r\n")
        line = f'AT+USOCO=0,"{self.host}",{self.port}'
        assert self.command(line.encode()) == b"OK"

    def send(self, data):
        self.typist.wait(20)
        self.until(b"AT+USOWR=0,%d\r" % len(data), rb"\r\n@")
        self.typist.wait(60)
        found = self.until(data, rb"\+USOWR: 0,(\d+)\r\n\r\nOK\r\n")
        return int(found[1])

    def read(self):
        self.typist.wait(20)
        header = rb'\r\n\+USORD: 0,(?:""|(\d+),")'
        return self.counted(b"AT+USORD=0,1024\r", header, b'"\r\n')

    def close(self):
        assert self.command(b"AT+USOCL=0") == b"OK"


class Slm1(Program):
    most = 288

    def open(self):
        assert self.command(b"AT#XSOCKETOPT=1,20,1") in (b"OK", b"ERROR")
        assert self.command(b"AT#XSOCKET=1,1,0") == b"OK"
        assert self.command(f'AT#XCONNECT="{self.host}",{self.port}'.encode()) == b"OK"

    def send(self, data):
        line = b'AT#XSEND=0,"%s"\r' % data.hex().encode()
        return int(self.until(line, rb"#XSEND: (\d+)\r\n\r\nOK\r\n")[1])

    def read(self):
        # Text or digits stand in front of their length: the type tells.
        answer = self.until(
            b"AT#XRECV\r", rb"^(.*)\r\n#XRECV: (\d), \d+\r\n\r\nOK\r\n|\r\nERROR\r\n"
        )
        if answer[1] is None:
            return b""
        return answer[1] if answer[2] == b"1" else bytes.fromhex(answer[1].decode())

    def close(self):
        assert self.command(b"AT#XSOCKET=0") == b"OK"


class Slm2(Program):
    def open(self):
        assert self.command(b"AT#XSOCKET=1,1,0") == b"OK"
        assert self.command(f'AT#XCONNECT="{self.host}",{self.port}'.encode()) == b"OK"

    def send(self, data):
        assert self.command(b"AT#XSEND") == b"OK"
        assert self.until(data + b"+++", rb"\r\n#XDATAMODE: (-?\d+)\r\n")[1] == b"0"
        return len(data)

    def read(self):
        return self.counted(b"AT#XRECV=1,64\r", rb"\r\n#XRECV: (\d+)\r\n")

    def close(self):
        assert self.command(b"AT#XSOCKET=0") == b"OK"


class SerialModem(Program):
    def open(self):
        assert self.command(b"AT#XSOCKET=1,1,0") == b"OK"
        assert self.command(f'AT#XCONNECT=0,"{self.host}",{self.port}'.encode()) == b"OK"

    def send(self, data):
        line = b'AT#XSEND=0,1,0,"%s"\r' % data.hex().encode()
        return int(self.until(line, rb"#XSEND: 0,0,(\d+)\r\n\r\nOK\r\n")[1])

    def read(self):
        return self.counted(b"AT#XRECV=0,0,64,1\r", rb"\r\n#XRECV: 0,0,(\d+)\r\n")

    def close(self):
        assert self.command(b"AT#XCLOSE=0") == b"OK"


class Sequans(Program):
    most = 1_500

    def open(self):
        assert self.command(b"AT+SQNSCFGEXT=1,1,0,0,0,0") == b"OK"
        assert self.command(f'AT+SQNSD=1,0,{self.port},"{self.host}",0,0,1'.encode()) == b"OK"

    def send(self, data):
        self.until(b"AT+SQNSSENDEXT=1,%d\r" % len(data), rb"\r\n> ")
        return len(data) if self.until(data, FINAL)[1] == b"OK" else 0

    def read(self):
        return self.counted(b"AT+SQNSRECV=1,1500\r", rb"\r\n\+SQNSRECV: 1,(\d+)\r\n")

    def close(self):
        assert self.command(b"AT+SQNSH=1") == b"OK"


PROGRAMS: dict[str, Callable[[Typist], Program]] = {
    "bg95": Quectel,
    "bg96": Quectel,
    "bg77": Quectel,
    **dict.fromkeys(CAT1, Quectel),
    "sim7000": Cip,
    "sim7070": Ca,
    "sim7080": Ca,
    "a7672": Net,
    "sim7600": Net,
    "sara-r4": Ublox,
    "sara-r422": Ublox,
    "sara-r5": Ublox,
    "nrf91-slm1": Slm1,
    "nrf91-slm2": Slm2,
    "nrf91-sm": SerialModem,
    "gm02s": Sequans,
}
