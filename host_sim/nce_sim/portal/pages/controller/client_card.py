"""What the chosen device has registered by LwM2M: its objects, and what is observed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nce_api.errors import NotFound
from nce_api.models.portal import Lwm2mClient
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_PORTAL

# Of OMA's registry, those that 1NCE names and that our SDK has.
_OBJECTS = {
    "1": "LwM2M Server",
    "3": "Device",
    "4": "Connectivity Monitoring",
    "5": "Firmware Update",
    "6": "Location",
    "7": "Connectivity Statistics",
    "10": "Cellular Connectivity",
    "3303": "Temperature",
    "3304": "Humidity",
    "3311": "Light Control",
    "3338": "Buzzer",
    "3342": "On/Off Switch",
    "3347": "Push Button",
}


class ClientCard:
    """The card; `take(path, verb)` writes an action in the form."""

    def __init__(self, frame: Frame, take: Callable[[str, str], None]) -> None:
        self._portal, self._take = frame.visit.portal, take
        self._iccid = ""
        self._panel = Panel(
            "LwM2M",
            self._load,
            self._show,
            empty="Choose a device that is registered to 1NCE's LwM2M server to see its objects."
            if self._portal is not None
            else NO_PORTAL,
            width="w12",
            icon="account_tree",
        ).with_refresh()

    async def open(self, iccid: str) -> None:
        """Show a device in the place of another one."""
        self._iccid = iccid
        await self._panel.load()

    async def renew(self) -> None:
        """Show what changed."""
        await self._panel.renew()

    async def _load(self) -> Lwm2mClient | None:
        if self._portal is None or not self._iccid.isdecimal():
            return None
        try:
            return await self._portal.lwm2m_client(self._iccid)
        except NotFound:
            return None  # not registered: an ordinary state

    def _show(self, found: Lwm2mClient) -> None:
        with box("dl", "facts line"):
            for name, value in (
                ("Endpoint", found.endpoint_name),
                ("Version", found.version),
                ("Transport", "CoAP over DTLS" if found.is_secure else "CoAP"),
                ("Lifetime", f"{found.lifetime_s} s, {found.lifetime_left_s} s left"),
                (
                    "Queue mode",
                    "asked when it is heard of" if found.is_queueing else "no",
                ),
            ):
                with box("div"):
                    words("dt", name)
                    words("dd", value)
        words("h3", "Registered objects", "small")
        with box("div", "row q-gutter-sm"):
            for path in found.instances:
                what = _OBJECTS.get(path.strip("/").partition("/")[0])
                text = path if what is None else f"{path} {what}"
                button = quiet(text, on_click=partial(self._take, path, "read"))
                button.props["aria-label"] = f"Read {text}"
        words("h3", "Observed", "small")
        if not found.observations:
            words("p", "Nothing is observed.", "note q-mb-none")
        with box("div", "row q-gutter-sm"):
            for path in found.observations:
                stop = partial(self._take, path, "observe-end")
                end = quiet(path, "close", stop, shape="flat")
                end.props["aria-label"] = f"End observing {path}"
