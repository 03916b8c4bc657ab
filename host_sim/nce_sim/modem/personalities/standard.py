"""What families do in the same way when the network changes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.indicators import report_indicators
from nce_sim.modem.commands.registration import report_registration
from nce_sim.modem.personality import Hooks
from nce_sim.modem.stored import CGEREP

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem


class StandardHooks(Hooks):
    """Registration URCs, and `+CGEV` when the network ends the session (TS 27.007, 10.1.19)."""

    def registration_changed(self, modem: Modem) -> None:
        report_registration(modem)
        report_indicators(modem)
        if modem.radio.session is None:
            modem.sockets.lose_bearer()

    def pdp_lost(self, modem: Modem, reason: str) -> None:
        if modem.stored(CGEREP)[0]:
            modem.urc(f"+CGEV: NW PDN DEACT {modem.personality.attach_cid}")
