"""TLS by Sequans Monarch 2 (GM02S): a security profile under an id.

Sequans Monarch AT commands reference, as public drivers quote it. The modem verifies chain and
dates together, and the name.
"""

from nce_modem.errors import CommandFailed, UsageError
from nce_modem.families import sequans_tcp
from nce_modem.families.family import changed
from nce_modem.families.sequans import SECURE_IDS, SECURITY_PROFILE
from nce_modem.families.tls import failed

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Notice, SecureStreams, Stream, Urc


TLS_1_2 = 2
CHAIN_AND_DATES, NAME = 1, 4  # bits of the level
KINDS = ("certificate", "certificate", "privatekey")
SLOTS = (12, 13, 14)  # of 0-19: CA, certificate, key


class SecuredStreams(sequans_tcp.Streams):
    """The same commands, and SQNSSCFG before SQNSD."""

    is_secure = True

    def __init__(self, family: "Family", settings: "SecureStreams") -> None:
        sequans_tcp.Streams.__init__(self, family)
        if not settings.checks_dates:
            raise UsageError("checks_dates=False: this modem verifies chain and dates together")
        self._settings = settings
        self.profile = changed(self.profile, socket_ids=SECURE_IDS)

    def notice(self, urc: "Urc") -> "Notice | None":
        return None  # the family's own say it

    async def install(self, link: "Link") -> None:
        """Store the certificates; they outlive a restart."""
        for kind, slot, content in zip(KINDS, SLOTS, self._settings.files):
            if content is not None:
                text = 'AT+SQNSNVW="%s",%d,%d' % (kind, slot, len(content))
                await self.family.ask(link, text, payload=content, timeout_ms=15_000)

    async def configure(self, link: "Link") -> None:
        """Set the profile."""
        authority, certificate, _ = self._settings.files
        level = 0 if authority is None else CHAIN_AND_DATES | NAME
        # A CA in any case: without one some of this modem's clients went on in the clear.
        rest = ",%d,%d" % (level, SLOTS[0])
        if certificate is not None:
            rest += ",%d,%d" % SLOTS[1:]
        text = "AT+SQNSPCFG=%d,%d," % (SECURITY_PROFILE, TLS_1_2)
        try:
            await self.family.ask(link, text + '""' + rest)
        except CommandFailed:
            await self.family.ask(link, text + rest)  # firmware 5.4 wants no quotes for no suites

    async def open_udp(self, link: "Link", stream: "Stream") -> None:
        try:
            await sequans_tcp.Streams.open_udp(self, link, stream)
        except CommandFailed as error:
            await self.close_socket(link, stream.socket_id)
            raise failed(link, stream, error.final, error.code)
