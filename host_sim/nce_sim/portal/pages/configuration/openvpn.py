"""OpenVPN: enrolment, and the two files of its client."""

from __future__ import annotations

from nicegui import ui

from nce_api.models.portal_configuration import AddedVpn, NetworkSettings, NewVpn, Vpn
from nce_sim.portal.door import ROOT
from nce_sim.portal.pages.configuration.breakout import AUTOMATIC, REGIONS
from nce_sim.portal.pages.configuration.section import Section, fact
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.form import FormDialog
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

KIND = "OPENVPN"
_MOST = 100  # of a page of the service; an organisation has one client
_PROFILE = "application/x-openvpn-profile"
# [D] the portal's text
_ONLY_MANUAL = (
    "OpenVPN is only available in Manual Mode of the Breakout Settings due to technical reasons. "
    "Please change your current Breakout Settings."
)
_STEPS = {
    "Windows": (
        "Install the OpenVPN client for Windows.",
        r"Copy both files to C:\Program Files\OpenVPN\config.",
        "Start OpenVPN GUI as administrator, and choose Connect in its menu.",
    ),
    "Linux": (
        "Install OpenVPN: sudo apt install openvpn",
        "Put both files in one folder, and make them yours alone: chmod 600 credentials.txt",
        "Connect there: sudo openvpn --config %s",
    ),
}


class OpenVpn(Section):
    """The one client of the organisation."""

    TITLE, SIGN = "OpenVPN Configuration", "vpn_key"
    PERMISSION = "configuration.openvpn"

    async def load(self) -> tuple[NetworkSettings, Vpn | None]:
        page = await self.portal.vpns(page_size=_MOST)
        found = next((one for one in page.items if one.kind == KIND), None)
        return await self.portal.settings(), found

    def show(self, found: tuple[NetworkSettings, Vpn | None]) -> None:
        settings, vpn = found
        if settings.breakout_mode == AUTOMATIC:
            words("p", _ONLY_MANUAL)
            words("a", "Breakout Settings", href=f"{ROOT}/configuration?open=breakout")
            if vpn is not None:
                with box("div", "set q-mt-md"):
                    self._delete_button(vpn)
        elif vpn is None:
            words(
                "p",
                "With OpenVPN a computer of yours reaches your SIMs by their private addresses, "
                "and they reach it. The simulation has the configuration alone: no traffic is "
                "carried.",
                "soft",
            )
            quiet("Set up OpenVPN", "add", self._enrol)
        else:
            self._show_client(settings, vpn)

    def _show_client(self, settings: NetworkSettings, vpn: Vpn) -> None:
        file = vpn.file or "client.ovpn"
        with box("dl", "facts"):
            fact("Name", vpn.name)
            fact("Since", self.frame.zone.text(vpn.created))
            region = settings.breakout_region
            fact("Region", REGIONS.get(region, region))
        with box("div", "set q-mt-md"):
            quiet(file, "download", lambda: self._download(file))
            self._delete_button(vpn)
        words(
            "p",
            "credentials.txt was shown when OpenVPN was set up. If it is lost, delete the client "
            "and set it up again.",
            "note q-mt-md",
        )
        with ui.tabs().props("align=left no-caps dense") as tabs:
            for name in _STEPS:
                ui.tab(name)
        with (
            ui.tab_panels(tabs, value="Windows").props("animated=false").classes("bg-transparent")
        ):
            for name, steps in _STEPS.items():
                with ui.tab_panel(name).classes("q-px-none q-py-sm"), box("ol", "steps"):
                    for step in steps:
                        words("li", step.replace("%s", file))

    def _delete_button(self, vpn: Vpn) -> None:
        async def delete() -> None:
            loss = "Computers that use it lose their connection, and its credentials end."
            if await is_sure("Delete the OpenVPN client?", loss, "Delete"):
                done = "The OpenVPN client is deleted."
                await self.do(lambda: self.portal.delete_vpn(vpn.id), done)

        quiet("Delete", "delete", delete)

    async def _enrol(self) -> None:
        form = FormDialog("Set up OpenVPN", "Set up")
        with form.body:
            name = form.field("name", ui.input("Name", value="OpenVPN"))
            name.props("maxlength=100 autofocus")

        async def save() -> AddedVpn:
            return await self.portal.add_vpn(NewVpn(kind=KIND, name=(name.value or "").strip()))

        added = await form.run(save)
        if added is not None:
            await self._hand_over(added)
            await self.tell("OpenVPN is set up.")

    async def _hand_over(self, added: AddedVpn) -> None:
        """Both files, of which one is shown this once."""
        file = added.file or "client.ovpn"
        with window("Save both files now", keeps=True) as dialog:
            words("p", "credentials.txt is shown this once. Keep it as you keep a password.")
            with box("div", "set"):
                quiet(file, "download", lambda: self._download(file))
                quiet(
                    "credentials.txt",
                    "download",
                    lambda: ui.download.content(
                        added.credentials or "", "credentials.txt", "text/plain"
                    ),
                )
            with box("div", "row justify-end full-width"):
                quiet("Close", on_click=dialog.close, shape="flat")
        await answer_of(dialog)

    async def _download(self, file: str) -> None:
        text, problem = await asked(self.portal.vpn_client_file)
        if text is None:
            ui.notify(problem or "no answer", type="negative")
        else:
            ui.download.content(text, file, _PROFILE)
