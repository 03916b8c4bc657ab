"""A bearer that tells the network which datagram is the last (release assistance, RAI).

    bearer = LastWords(modem)
    async with Device(bearer, ...) as device:
        await device.send(record)       # its request says that one answer is awaited, then nothing

`Device.send` says by `expect` how many answers are awaited; the ports then send with
the hint where family and radio access have it, else as ever. Loaded only when asked for.
"""

from nce_modem.families.family import RAI
from nce_modem.families.last_datagram import send_last

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, DatagramSocket, Link, Modem


class LastWords:
    """The `modem` as a bearer; `awaited` is the number of answers, None when more may follow."""

    def __init__(self, modem: "Modem") -> None:
        self.modem = modem
        self.awaited: "int | None" = None

    @property
    def iccid(self) -> "str | None":
        """The modem's."""
        return self.modem.iccid

    def expect(self, answers: "int | None") -> None:
        """From now on: the datagrams are the last, and `answers` (0 or 1) are awaited; or not."""
        self.awaited = answers

    async def attach(self) -> None:
        """As the modem's."""
        await self.modem.attach()

    async def open_datagram(self, host: str, port: int) -> "LastWordsPort":
        """As the modem's."""
        return LastWordsPort(self, await self.modem.open_datagram(host, port))


class LastWordsPort:
    """A port that sends as its bearer expects."""

    def __init__(self, bearer: "LastWords", socket: "DatagramSocket") -> None:
        self._bearer = bearer
        self._socket = socket
        self.max_datagram = socket.max_datagram

    async def send(self, data: bytes) -> None:
        """As `DatagramSocket.send`."""
        bearer, socket = self._bearer, self._socket
        answers = bearer.awaited
        if answers is None or RAI not in bearer.modem.family.profile.capabilities:
            await socket.send(data)
            return
        modem, awaited = bearer.modem, answers

        async def send(link: "Link", port: "DatagramSocket", data: bytes, peer: "Any") -> None:
            await send_last(modem, port, data, awaited)

        await socket._send(data, socket.peer, send)

    async def receive(self, timeout_ms: int) -> "bytes | None":
        """As `DatagramSocket.receive`."""
        return await self._socket.receive(timeout_ms)

    async def close(self) -> None:
        """As `DatagramSocket.close`."""
        await self._socket.close()
