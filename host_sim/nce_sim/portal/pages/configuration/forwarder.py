"""SMS forwarding: the one server that gets the messages of all SIMs."""

from __future__ import annotations

from nicegui import ui

from nce_api.models.portal_configuration import Forwarder
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.form import FormDialog
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words


class SmsForwarding(Section):
    """One URL; an empty one ends it."""

    TITLE, SIGN = "SMS Forwarding Configuration", "forward_to_inbox"
    PERMISSION = "configuration.sms_forwarder"

    async def load(self) -> Forwarder:
        return await self.portal.sms_forwarder()

    def show(self, found: Forwarder) -> None:
        words(
            "p",
            "Your server gets a POST for each message of a SIM and a PATCH for each delivery "
            "report, and takes it by the status 200. Other answers are tried again for 24 hours.",
            "soft",
        )
        with box("div", "set"):
            if found.url is None:
                words("span", "Messages are not forwarded.")
            else:
                words("code", found.url, "mono")
            quiet("Edit" if found.url else "Set a server", "edit", lambda: self._edit(found.url))

    async def _edit(self, before: str | None) -> None:
        form = FormDialog("SMS Forwarding Configuration", "Save")
        with form.body:
            url = form.field("url", ui.input("URL", value=before or ""))
            url.props("maxlength=2048 autofocus").props["placeholder"] = "https://example.com/sms"
            url.props["hint"] = "Empty deletes it"

        async def save() -> Forwarder:
            text = (url.value or "").strip()
            if text:
                return await self.portal.set_sms_forwarder(text)
            if before is not None and await is_sure(
                "Forward nothing more?", "Messages wait for a server for 24 hours.", "Delete"
            ):
                await self.portal.delete_sms_forwarder()
                return Forwarder()
            return Forwarder(url=before)

        saved = await form.run(save)
        if saved is not None and saved.url is None:
            await self.tell("Messages are not forwarded.")
        elif saved is not None:
            await self.tell("Messages go to your server.")
