"""DTLS-PSK by SIMCom SIM7070, SIM7080 and SIM7090: a table of keys, and CAOPEN over it.

SIMCom SSL application note; the order of arguments and steps as public drivers have it.
"""

from nce_modem.errors import UsageError
from nce_modem.families.family import OpenRefused, changed
from nce_modem.families.secured import Secured

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import DatagramSocket, Family, Link


TABLE = '"nce.psk"'  # a file, and the table made from it
CONTEXT = 0
# Settings of an id stay when it is closed, so that these are never opened without DTLS.
SOCKET_IDS = (11, 10, 9)
# The result codes of +CAOPEN for a handshake.
REASONS = {
    4: "bad parameter: its table of keys is gone, install it again",
    7: "the modem does not know this DTLS version",
    23: "refused",
    27: "not connected",
}


class SecuredSim7080(Secured):
    """The same commands, except those before CAOPEN."""

    outlives_restart = True

    def __init__(self, family: "Family", identity: str, key: bytes) -> None:
        Secured.__init__(self, family, identity, key)
        self.profile = changed(self.profile, socket_ids=SOCKET_IDS)
        if ":" in identity:
            # It separates identity and key in the table.
            raise UsageError("this modem takes a PSK identity without a colon")

    async def install(self, link: "Link") -> None:
        table = ("%s:%s" % (self.identity, self.key.hex())).encode()
        ask = self.family.ask
        async with link.together:
            await self.family.ask_fields(
                link, "AT+CFSTERM"
            )  # an earlier run may have left it open
            await ask(link, "AT+CFSINIT")
            try:
                await ask(
                    link,
                    "AT+CFSWFILE=3,%s,0,%d,10000" % (TABLE, len(table)),
                    payload=table,
                    prompt="DOWNLOAD",
                    timeout_ms=15_000,
                )
                await ask(link, 'AT+CSSLCFG="CONVERT",3,' + TABLE)
            finally:
                await self.family.ask_fields(link, "AT+CFSTERM")

    async def open_udp(self, link: "Link", socket: "DatagramSocket") -> None:
        which = socket.socket_id
        async with link.together:
            for text in (
                'AT+CSSLCFG="SSLVERSION",%d,5' % CONTEXT,  # DTLS 1.2
                'AT+CSSLCFG="PROTOCOL",%d,2' % CONTEXT,
                "AT+CACID=%d" % which,
                'AT+CASSLCFG=%d,"SSL",1' % which,
                'AT+CASSLCFG=%d,"CRINDEX",%d' % (which, CONTEXT),
                'AT+CASSLCFG=%d,"PSKTABLE",%s' % (which, TABLE),
            ):
                await self.family.ask(link, text)
        try:
            await self.family.open_udp(link, socket)
        except OpenRefused as refusal:
            if refusal.code not in REASONS:
                raise
            await self.close_socket(link, which)
            raise self.failed(link, socket.peer, REASONS[refusal.code], refusal.code)  # type: ignore[arg-type]
