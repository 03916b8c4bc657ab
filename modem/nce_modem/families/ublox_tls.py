"""TLS by u-blox SARA-R4 and SARA-R5: a security profile under a TCP socket.

u-blox SARA-R4 AT commands manual, "Device and data security"; ubxlib. The modem verifies chain and
name, and the dates if told to.
"""

import asyncio

from nce_modem.at.parameter import endpoint, host, is_address
from nce_modem.errors import CommandFailed
from nce_modem.families import ublox_tcp
from nce_modem.families.family import picked_id
from nce_modem.families.tls import NAMES, failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


PROFILE = 1  # one of 0-4; 0 is that of DTLS
TLS_1_2 = 3
NAME, DATES = 2, 3  # levels of validation: each does what the one before does
NAMED_BY = (3, 5, 6)  # <op_code> of USECPRF for CA, certificate and key
EXPECTED_NAME, SERVER_NAME = 4, 10
SETTLE_S = 0.25  # between USOSEC and USOCO (ubxlib)


class SecuredStreams(ublox_tcp.Streams):
    """The same commands, and USOSEC before USOCO."""

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        ublox_tcp.Streams.__init__(self, family)
        self._settings = settings

    def notice(self, urc: "Urc") -> "Notice | None":
        return None  # the family's own say it

    async def install(self, link: "Link") -> None:
        """Store the certificates; they outlive a restart."""
        for kind, content in enumerate(self._settings.files):
            if content is not None:
                await self.family.ask(
                    link,
                    'AT+USECMNG=0,%d,"%s",%d' % (kind, NAMES[kind], len(content)),
                    payload=content,
                    prompt=">",
                    timeout_ms=30_000,
                    is_idempotent=False,
                )

    async def configure(self, link: "Link") -> None:
        """Nothing: each open sets the profile.

        A restart forgets it, is not told by these modems, and what is left verifies nobody.
        """

    async def _set_profile(self, link: "Link") -> None:
        settings = self._settings
        level = 0 if settings.files[0] is None else DATES if settings.checks_dates else NAME
        await self._set(link, "")  # all of it
        await self._set(link, ",0,%d" % level)
        await self._set(link, ",1,%d" % TLS_1_2)
        for number, name, content in zip(NAMED_BY, NAMES, settings.files):
            if content is not None:
                await self._set(link, ',%d,"%s"' % (number, name))

    async def _set(self, link: "Link", setting: str) -> None:
        await self.family.ask(link, "AT+USECPRF=%d%s" % (PROFILE, setting))

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        name = stream.peer[0]  # type: ignore[index]
        await self._set_profile(link)
        await self._set(link, ",%d,%s" % (EXPECTED_NAME, host(name)))
        if not is_address(name):
            await self._set(link, ",%d,%s" % (SERVER_NAME, host(name)))
        answer = await self.family.ask(link, "AT+USOCR=6", is_idempotent=False)
        stream.socket_id = which = picked_id(answer.lines)
        try:
            await self.family.ask(link, "AT+USOSEC=%d,1,%d" % (which, PROFILE))
            await asyncio.sleep(SETTLE_S)
            text = "AT+USOCO=%d,%s" % (which, endpoint(stream.peer))  # type: ignore[arg-type]
            await self.family.ask(link, text, is_idempotent=False)
        except CommandFailed as error:
            what = "%s, USOER %s" % (error.final, await self.family.last_error(link))
            await self.close_socket(link, which)
            raise failed(link, stream, what, error.code)
