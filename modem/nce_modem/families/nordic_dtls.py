"""DTLS-PSK by Nordic's Serial Modem and SLM 2.x: #XSSOCKET over a security tag.

Nordic Serial Modem and SLM documentation. The credentials of a tag are written with the radio off,
and outlive a restart. The handshake is part of #XCONNECT.
"""

from nce_modem.at.parameter import endpoint
from nce_modem.errors import CommandFailed
from nce_modem.families.family import picked_id
from nce_modem.families.secured import Secured

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Link, Nrf91


SEC_TAG = 21_122  # any number that nothing else on the modem uses
PSK, IDENTITY = 3, 4  # types of %CMNG
ACTIVE = 518  # not while the radio is on


class SecuredNrf91(Secured):
    """Serial Modem: handles."""

    family: "Nrf91"
    outlives_restart = True

    async def install(self, link: "Link") -> None:
        key = '"%s"' % self.key.hex()
        try:
            await self._write(link, PSK, key)
        except CommandFailed as error:
            if error.code != ACTIVE:
                raise
            await self.family.ask(link, "AT+CFUN=4")
            await self._write(link, PSK, key)
        await self._write(link, IDENTITY, self.quoted_identity)

    async def _write(self, link: "Link", kind: int, content: str) -> None:
        await self.family.ask(link, "AT%%CMNG=0,%d,%d,%s" % (SEC_TAG, kind, content))

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        await self._socket(link, socket)
        text = "AT#XCONNECT=%d,%s" % (socket.socket_id, endpoint(socket.peer))  # type: ignore[arg-type]
        await self._shake_hands(link, socket, text)
        await self.family.prepare(link, socket.socket_id)

    async def _socket(self, link: "Link", socket: "DatagramSocket") -> None:
        # 0: a peer without a certificate is not verified.
        text = "AT#XSSOCKET=1,2,0,%d,0" % SEC_TAG
        answer = await self.family.ask(link, text, is_idempotent=False)
        socket.socket_id = picked_id(answer.lines)

    async def _shake_hands(self, link: "Link", socket: "DatagramSocket", text: str) -> None:
        try:
            await self.family.ask(link, text, is_idempotent=False)
        except CommandFailed as error:
            await self._give_up(link, socket)
            raise self.failed(link, socket.peer, error.final, error.code)  # type: ignore[arg-type]

    async def _give_up(self, link: "Link", socket: "DatagramSocket") -> None:
        await self.family.close_socket(link, socket.socket_id)


class SecuredSlm(SecuredNrf91):
    """SLM 2.x: the latest socket is the selected one."""

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        async with link.together:
            await self._socket(link, socket)
            await self._shake_hands(link, socket, "AT#XCONNECT=" + endpoint(socket.peer))  # type: ignore[arg-type]

    async def _give_up(self, link: "Link", socket: "DatagramSocket") -> None:
        # The selected one still.
        await self.family.ask_fields(link, "AT#XSOCKET=0")
