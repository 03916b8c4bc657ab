"""TLS that the modem itself speaks, under a stream: no `ssl` and no heap for it on this side.

    secure = SecureStreams(modem, authority=pem)    # the CA that signed the server's certificate
    reader, writer = await secure.open("example.com", 443)

Only for families whose TCP names it (`TcpHooks.tls`). A modem says less than `ssl=context` of
`open_connection` does, and may check less: Quectel's and SIMCom's compare no name, so that every
server which the CA has signed is accepted, and all tell of a cut as of a close. Give it a CA of
your own.
"""

from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed, OpenFailed, SocketDead, UsageError
from nce_modem.families import load
from nce_modem.families.family import CLOSED
from nce_modem.streams import Stream

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, Modem, Urc


class SecureStreams:
    """The TLS streams of one modem, all with the same certificates (PEM).

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

        An nRF91's radio is off after it; `open` attaches again.
        Raises `UsageError` when the family has no such streams.
        """
        modem = self._modem
        if not modem.is_ready:
            await modem.power_on()
        if self._hooks is None:
            self._hooks = self._new_hooks()
            modem.link.offer_urcs_to(self._take)
        try:
            if not self._is_stored:
                await self._hooks.install(modem.link)
                self._is_stored = True
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
        # An nRF91 takes certificates while its radio is off; a restart is seen by attaching.
        await self.install()
        await self._modem.attach()
        await self.install()
        hooks = self._new_hooks()  # some count what this one connection sent
        stream = await self._modem.open_socket(Stream, (host, port), 0, hooks)
        stream.start()
        return stream, stream

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
