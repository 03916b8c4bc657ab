"""Network settings: APN, SMSC, breakout, and the addresses of the SIMs."""

from __future__ import annotations

from nicegui import ui

from nce_api.models import portal_configuration as models
from nce_sim.portal.pages.configuration.breakout import REGIONS
from nce_sim.portal.pages.configuration.section import Section, fact, term
from nce_sim.portal.parts.buttons import sign
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.form import FormDialog
from nce_sim.portal.parts.tags import box, words


class NetworkSettings(Section):
    """What the network has for the organisation."""

    TITLE, SIGN, PERMISSION = "Network Settings", "lan", "configuration.network"

    async def load(self) -> models.NetworkSettings:
        return await self.portal.settings()

    def show(self, found: models.NetworkSettings) -> None:
        total, used = found.ip_addresses_total, found.ip_addresses_used
        with box("dl", "facts"):
            term("APN", "Access Point Name: set it in the device, with no user and no password.")
            words("dd", found.apn)
            term("Custom APN", "A name of your own, which your SIMs may use beside the usual one.")
            with box("dd"):
                words("span", found.custom_apn or "None")
                sign("edit", "Change the custom APN", lambda: self._change(found)).props("size=sm")
            term("SMSC", "Short Message Service Centre: the number is on the SIM already.")
            words("dd", _grouped(found.smsc))
            term("Internet Breakout", "Where the traffic of your SIMs enters the internet.")
            words("dd", breakout_text(found))
            term("IP Address Space", "Each SIM has one private address in it, and keeps it.")
            words("dd", ", ".join(found.ip_address_space))
            fact("IP Addresses Total", count_text(total))
            fact("IP Addresses Used", count_text(used))
            fact("IP Addresses Available", count_text(total - used))

    async def _change(self, found: models.NetworkSettings) -> None:
        form = FormDialog("Custom APN", "Save")
        with form.body:
            words("p", "Devices that have an open session keep it. Empty ends it.", "q-mb-none")
            apn = form.field("apn", ui.input("Custom APN", value=found.custom_apn or ""))
            apn.props("maxlength=100 autofocus").props["placeholder"] = "fleet.example"

        async def save() -> models.NetworkSettings:
            return await self.portal.set_apn((apn.value or "").strip() or None)

        saved = await form.run(save)
        if saved is not None:
            is_set = saved.custom_apn is not None
            await self.tell(
                f"Your SIMs may use the APN {saved.custom_apn} now."
                if is_set
                else "There is no custom APN any more."
            )


def breakout_text(found: models.NetworkSettings) -> str:
    """The breakout of new sessions in one line."""
    if found.breakout_mode == "Automatic":
        return "Automatic: the region next to the device"
    return REGIONS.get(found.breakout_region, found.breakout_region)


def _grouped(number: str) -> str:
    """+882285000016868 as 1NCE writes it: 882 285 00001 6868."""
    digits = number.lstrip("+")
    if len(digits) != 15:
        return number
    return f"{digits[:3]} {digits[3:6]} {digits[6:11]} {digits[11:]}"
