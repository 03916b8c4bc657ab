"""TLS by SIMCom SIM7070, SIM7080 and SIM7090: CAOPEN "TCP" over a context of CSSLCFG.

As TinyGSM has it. The modem verifies the chain and, if told to, the dates; it compares no name.
"""

from nce_modem.at.parameter import host
from nce_modem.families import simcom7080_tcp
from nce_modem.families.family import OpenRefused, changed
from nce_modem.families.tls import NAMES, failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


CONTEXT = 1  # one of 0-5; 0 is that of DTLS
TLS_1_2, TLS = 3, 1
# Settings of an id stay when it is closed, and no command takes a certificate back: plain sockets
# have ids of their own, and so has each level: none is verified, the server, both.
SOCKET_IDS = ((9,), (10, 11), (12,))
# The result codes of +CAOPEN for a handshake: parameter, version, refused, certificate, failed.
HANDSHAKE = (4, 7, 23, 24, 25, 26, 27)


class SecuredStreams(simcom7080_tcp.Streams):
    """The same commands, except those before CAOPEN."""

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        simcom7080_tcp.Streams.__init__(self, family)
        self._settings = settings
        authority, certificate, _ = settings.files
        level = 0 if authority is None else 1 if certificate is None else 2
        self.profile = changed(self.profile, socket_ids=SOCKET_IDS[level])

    def notice(self, urc: "Urc") -> "Notice | None":
        return None  # the family's own say it

    async def install(self, link: "Link") -> None:
        """Store and convert the files; they outlive a restart."""
        authority, certificate, _ = self._settings.files
        ask = self.family.ask
        async with link.together:
            # An earlier run may have left it open.
            await self.family.ask_fields(link, "AT+CFSTERM")
            await ask(link, "AT+CFSINIT")
            try:
                for name, content in zip(NAMES, self._settings.files):
                    if content is not None:
                        await ask(
                            link,
                            'AT+CFSWFILE=3,"%s",0,%d,10000' % (name, len(content)),
                            payload=content,
                            prompt="DOWNLOAD",
                            timeout_ms=15_000,
                        )
                if authority is not None:
                    await ask(link, 'AT+CSSLCFG="CONVERT",2,"%s"' % NAMES[0])
                if certificate is not None:
                    await ask(link, 'AT+CSSLCFG="CONVERT",1,"%s","%s"' % NAMES[1:])
            finally:
                await self.family.ask_fields(link, "AT+CFSTERM")

    async def configure(self, link: "Link") -> None:
        """Set the context, which a restart forgets."""
        for setting, value in (
            ("sslversion", TLS_1_2),
            ("protocol", TLS),
            ("ignorertctime", int(not self._settings.checks_dates)),
        ):
            await self.family.ask(link, 'AT+CSSLCFG="%s",%d,%d' % (setting, CONTEXT, value))

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        which = stream.socket_id
        authority, certificate, _ = self._settings.files
        wanted = [
            'AT+CSSLCFG="sni",%d,%s' % (CONTEXT, host(stream.peer[0])),  # type: ignore[index]
            "AT+CACID=%d" % which,
            'AT+CASSLCFG=%d,"SSL",1' % which,
            'AT+CASSLCFG=%d,"crindex",%d' % (which, CONTEXT),
        ]
        if authority is not None:
            wanted.append('AT+CASSLCFG=%d,"CACERT","%s"' % (which, NAMES[0]))
        if certificate is not None:
            wanted.append('AT+CASSLCFG=%d,"CLIENTCERT","%s"' % (which, NAMES[1]))
        async with link.together:
            for text in wanted:
                await self.family.ask(link, text)
        try:
            await simcom7080_tcp.Streams.open_udp(self, link, stream)
        except OpenRefused as refusal:
            if refusal.code not in HANDSHAKE:
                raise
            await self.close_socket(link, which)
            raise failed(link, stream, refusal.code, refusal.code)
