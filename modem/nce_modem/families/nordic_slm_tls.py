"""TLS by Nordic Serial LTE Modem, NCS 2.x: as Serial Modem, on the selected socket."""

from nce_modem.at.parameter import endpoint, host
from nce_modem.errors import CommandFailed
from nce_modem.families import nordic_slm_tcp, nordic_tls
from nce_modem.families.tls import failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


class SecuredStreams(nordic_slm_tcp.Streams):
    """The latest socket is the selected one."""

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        nordic_slm_tcp.Streams.__init__(self, family)
        nordic_tls.check(settings)
        self._settings = settings

    def notice(self, urc: "Urc") -> "Notice | None":
        return None  # there are none

    async def install(self, link: "Link") -> None:
        await nordic_tls.install(self, link, self._settings)

    async def configure(self, link: "Link") -> None:
        """Nothing: a socket has its settings for itself."""

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        name = host(stream.peer[0])  # type: ignore[index]
        peer = endpoint(stream.peer)  # type: ignore[arg-type]
        async with link.together:
            await nordic_tls.open_socket(self, link, stream, self._settings)
            try:
                option = "AT#XSSOCKETOPT=1,%d,%s" % (nordic_tls.HOST_NAME, name)
                await self.family.ask(link, option)
                await self.family.ask(link, "AT#XCONNECT=" + peer, is_idempotent=False)
            except CommandFailed as error:
                await self.family.ask_fields(link, "AT#XSOCKET=0")  # the selected one still
                raise failed(link, stream, error.final, error.code)
