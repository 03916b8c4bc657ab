"""DTLS-PSK by u-blox SARA-R5 and SARA-R422: a security profile under a connected socket.

u-blox SARA-R5 AT commands manual. Public drivers add what it leaves out: one suite has to be
chosen, the profile needs a moment, and USOST on such a socket sends in the clear.
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.at.parameter import endpoint, quoted
from nce_modem.errors import CommandFailed
from nce_modem.families.secured import Secured

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Link, Peer, Received, SaraR5


PROFILE = 0
SETTLE_S = 0.25  # between USOSEC and USOCO (ubxlib)
# +USORD: <socket>,<length>,"<data>"
READ_PAYLOAD = syntax.Payload(syntax.IN_QUOTES, 1)


class SecuredSara(Secured):
    """USOCO shakes hands; USOWR and USORD take the place of USOST and USORF."""

    family: "SaraR5"

    async def install(self, link: "Link") -> None:
        # As text: how this setter takes other bytes is unconfirmed.
        key = quoted(self.key, "key of text", 64)
        # "", then 0: no certificate is checked.
        for setting in ("", ",0,0"):
            await self._set(link, setting)
        # Two forms, by model and firmware (ubxlib): the model's own first.
        first, second = self.family.suites
        try:
            await self._set(link, first)
        except CommandFailed:
            await self._set(link, second)
        for setting in (",8," + key, ",9," + self.quoted_identity):
            await self._set(link, setting)

    async def _set(self, link: "Link", setting: str) -> None:
        await self.family.ask(link, "AT+USECPRF=%d%s" % (PROFILE, setting))

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        await self.family.open_udp(link, socket)  # resolves the name, too
        which = socket.socket_id
        try:
            await self.family.ask(link, "AT+USOSEC=%d,1,%d" % (which, PROFILE))
            await asyncio.sleep(SETTLE_S)
            text = "AT+USOCO=%d,%s" % (which, endpoint(socket.peer))  # type: ignore[arg-type]
            await self.family.ask(link, text, is_idempotent=False)
        except CommandFailed as error:
            what = "%s, USOER %s" % (error.final, await self.family.last_error(link))
            await self.close_socket(link, which)
            raise self.failed(link, socket.peer, what, error.code)  # type: ignore[arg-type]

    async def send(
        self, link: "Link", socket: "DatagramSocket", data: bytes, peer: "Peer"
    ) -> None:
        text = "AT+USOWR=%d,%d" % (socket.socket_id, len(data))
        await self.family.ask(
            link, text, payload=data, prompt="@", prompt_delay_ms=50, is_idempotent=False
        )

    async def read(self, link: "Link", socket: "DatagramSocket") -> "Received | None":
        text = "AT+USORD=%d,1024" % socket.socket_id
        answer = await self.family.ask(link, text, reads=READ_PAYLOAD)
        return (answer.payloads[0], None) if answer.payloads else None
