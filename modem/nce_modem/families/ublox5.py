"""u-blox SARA-R5 and SARA-R422: as SARA-R4, with a packet switched data profile in between.

u-blox SARA-R5 AT commands manual (UBX-19047455): UPSD maps profile 0 to the attach bearer.

    modem = Modem(board, family=SARA_R5)
"""

import asyncio

from nce_modem.at import syntax
from nce_modem.at.dialect import Dialect
from nce_modem.errors import CommandTimeout
from nce_modem.families import ublox
from nce_modem.families.family import DTLS_PSK, UNCONNECTED

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Family, Link, Secured, Urc


ADDRESS_MS = 5000  # from AT+UPSDA to +UUPSDA


def profile_address(urc: "Urc") -> "str | None":
    """The address of `+UUPSDA: <result>[,"<ip>"]`, "" without one; None for any other line."""
    values = syntax.fields(urc.text)
    if urc.prefix != "+UUPSDA":
        return None
    return values[1] if values[0] == "0" and len(values) > 1 else ""


class SaraR5(ublox.SaraR4):
    """Profile 0 must be active before a socket can be used."""

    # TLS_PSK_WITH_AES_128_CCM_8 for AT+USECPRF: by its IANA number (RFC 6655), in a list of one.
    suites: "tuple[str, ...]" = (',2,100,"c0","a8",0', ',2,99,"C0","A8"')

    async def refine(self, link: "Link", model: str, revision: str) -> "Family":
        return self

    async def activate_context(self, link: "Link") -> "str | None":
        # A write while the profile is active is an error: ask first.
        if not await self._is_active(link):
            return await self._activated(link)
        return await self._address(link, 60)

    async def _is_active(self, link: "Link") -> bool:
        active = await self.ask_fields(link, "AT+UPSND=0,8")
        return bool(active) and active[-1][-1] == "1"

    async def _activated(self, link: "Link") -> "str | None":
        # IPv4, mapped to the attach bearer, activated: in one line.
        text = "AT+UPSD=0,0,0;+UPSD=0,100,%d;+UPSDA=0,3" % self.profile.cid
        command = self.command(text, timeout_ms=60_000, is_idempotent=False)
        found = None
        for _ in range(2):
            try:
                found = await link.run_until(command, profile_address, ADDRESS_MS)
                break
            except CommandTimeout:
                # The unsolicited result may be lost, or the command.
                if await self._is_active(link):
                    break
        return found or await self._address(link, 60 - ADDRESS_MS // 1000)

    async def _address(self, link: "Link", seconds: int) -> "str | None":
        for _ in range(seconds):
            found = await self.ask_fields(link, "AT+UPSND=0,0")
            if found and found[-1][-1] not in ("", "0.0.0.0"):
                return found[-1][-1]
            await asyncio.sleep(1)
        return None

    def secured(self, identity: str, key: bytes) -> "Secured":
        from nce_modem.families.ublox_dtls import SecuredSara

        return SecuredSara(self, identity, key)


SARA_R5 = SaraR5(
    ublox.SARA_R410.profile,
    name="u-blox SARA-R5",
    dialect=Dialect(
        ublox.SARA_R410.profile.dialect.urcs,
        boot=ublox.SARA_R410.profile.dialect.boot,
        shapes=ublox.SARA_R410.profile.dialect.shapes,
        guard_ms=20,
    ),
    power_pulse_ms=1500,
    capabilities=(UNCONNECTED, DTLS_PSK),
)


class SaraR422(SaraR5):
    """The older form of USECPRF; +CGACT for a context that shows active and is not."""

    suites = (',2,99,"C0","A8"', ',2,100,"c0","a8",0')

    async def activate_context(self, link: "Link") -> "str | None":
        if not await self._is_active(link):
            await self.ask_fields(link, "AT+CGACT=1,%d" % self.profile.cid)
            return await self._activated(link)
        return await self._address(link, 60)


SARA_R422 = SaraR422(SARA_R5.profile, name="u-blox SARA-R422")
