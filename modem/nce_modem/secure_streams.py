"""TLS that the modem itself speaks, under a stream: no `ssl` and no heap for it on this side.

    secure = SecureStreams(modem, authority=pem)    # the CA that signed the server's certificate
    reader, writer = await secure.open("example.com", 443)

Only for families whose TCP names it (`TcpHooks.tls`). A modem says less than `ssl=context` of
`open_connection` does, and may check less: Quectel's and SIMCom's compare no name, so that every
server which the CA has signed is accepted, and all tell of a cut as of a close. Give it a CA of
your own.
"""

import asyncio

from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, OpenFailed, SocketDead, UsageError
from nce_modem.families import load
from nce_modem.families.family import CLOSED
from nce_modem.streams import Stream

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem, Urc


class Turn:
    """Whose certificates a modem has: there is one place for them, and one for the settings."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.owner: "SecureStreams | None" = None


class SecureStreams:
    """The TLS streams of one modem, all with the same certificates (PEM).

    Several may take turns on one modem, each of which costs the writing of its certificates.

    authority: verifies the server; None only together with `verifies=False`. certificate, key:
    this device's, for a server that wants them. checks_dates: by the modem's clock, which the
    network sets.
    """

    def __init__(
        self,
        modem: "Modem",
        authority: "bytes | None" = None,
        certificate: "bytes | None" = None,
        key: "bytes | None" = None,
        verifies: bool = True,
        checks_dates: bool = True,
    ) -> None:
        if verifies != (authority is not None):
            raise UsageError("give the CA, or verifies=False, which trusts anybody")
        if (certificate is None) != (key is None) or (key is not None and not verifies):
            raise UsageError("a certificate needs its key, and a server that is verified")
        self.files = (authority, certificate, key)
        self.checks_dates = checks_dates
        self._modem = modem
        self._hooks: "Any" = None
        self._is_stored = False
        self._generation: "int | None" = None

    async def install(self) -> None:
        """Give the modem certificates and settings, unless it has them.

        An nRF91's radio is off after it; `open` attaches again. Raises `UsageError` when the
        family has no such streams.
        """
        async with self._turn().lock:
            await self._install()

    async def _install(self) -> None:
        modem, turn = self._modem, self._turn()
        if not modem.is_ready:
            await modem.power_on()
        if self._hooks is None:
            self._hooks = self._new_hooks()
            modem.link.offer_urcs_to(self._take)
        if turn.owner is not self:
            turn.owner = None
            self._is_stored, self._generation = False, None
        try:
            if not self._is_stored:
                await self._hooks.install(modem.link)
                self._is_stored = True
                turn.owner = self
            if self._generation != modem.generation:
                await self._hooks.configure(modem.link)
                self._generation = modem.generation
        except CommandFailed as error:
            message = "%s: the modem did not accept the settings; check that its firmware has TLS"
            raise OpenFailed(message % error, error.code, modem.link.channel.transcript)

    async def open(self, host: str, port: int) -> "tuple[Stream, Stream]":
        """`(reader, writer)`, after the modem's handshake with the server.

        Raises `OpenFailed` with the modem's code, `UsageError` for an invalid host or port, and
        what `attach` raises.
        """
        endpoint((host, port))  # checked before any command
        async with self._turn().lock:
            # An nRF91 takes certificates while its radio is off; attaching finds a restart.
            await self._install()
            await self._modem.attach()
            await self._install()
            hooks = self._new_hooks()  # some count what this one connection sent
            stream = await self._modem.open_socket(Stream, (host, port), 0, hooks)
        stream.start()
        return stream, stream

    def _turn(self) -> Turn:
        turn: "Turn | None" = getattr(self._modem, "tls_turn", None)
        if turn is None:
            turn = Turn()
            # Not an attribute of the class: a modem without TLS pays nothing for it.
            self._modem.tls_turn = turn  # type: ignore[attr-defined]
        return turn

    def _new_hooks(self) -> "Any":
        family = self._modem.family
        name = family.profile.stream
        room = load(name, "Streams").tls if name else ""
        if not room:
            message = "the TLS of %s is not confirmed; use open_connection(..., ssl=context)"
            raise UsageError(message % family.profile.name)
        return load(room, "SecuredStreams")(family, self)

    def _take(self, urc: "Urc") -> bool:
        notice = self._hooks.notice(urc)
        if notice is None:
            return False
        kind, number, payload = notice
        socket = self._modem.sockets.get(number)
        if socket is not None and kind == CLOSED:
            socket.on_dead(SocketDead, "was closed by the far end")
        elif socket is not None:
            socket.on_data(payload)
        return True
