"""The page: one fold below the other; the first one is open, or the one that the address names."""

from __future__ import annotations

from fastapi import Request

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.configuration import (
    access,
    breakout,
    forwarder,
    network,
    openvpn,
    peering,
    rules,
    streams,
)
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box
from nce_sim.portal.visit import NO_PORTAL

# By their names in the address, as `/configuration?open=streams` has them.
_SECTIONS: dict[str, type[Section]] = {
    "network": network.NetworkSettings,
    "breakout": breakout.BreakoutSettings,
    "limits": rules.Limits,
    "imei-lock": rules.ImeiLock,
    "auto-top-up": rules.AutoTopUp,
    "streams": streams.DataStreams,
    "sms": forwarder.SmsForwarding,
    "openvpn": openvpn.OpenVpn,
    "peering": peering.Peering,
    "api": access.ManagementApi,
}


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/configuration", "Configuration") as frame:
        portal = frame.visit.portal
        if portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            return
        made: dict[str, Section] = {}

        def changed(by: Section) -> None:
            """What one section changed may show in another."""
            for other in made.values():
                if other is not by:
                    other.fold.renew_if_open()

        with box("div", "folds"):
            for name, section in _SECTIONS.items():
                made[name] = section(frame, portal, changed)
        wanted = request.query_params.get("open", "")
        await made.get(wanted, made["network"]).fold.open()
