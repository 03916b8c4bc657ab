"""The modem families, by the name `World.add_modem` takes."""

from nce_sim.modem.personalities.nordic.nrf91 import NRF91_SLM1, NRF91_SLM2, NRF91_SM
from nce_sim.modem.personalities.quectel.bg95 import BG77, BG95, BG96
from nce_sim.modem.personalities.quectel.cat1 import EC21, EC25, EG91, EG95
from nce_sim.modem.personalities.sequans.gm02s import GM02S, GM02SP
from nce_sim.modem.personalities.simcom.a76xx import A7672, SIM7600
from nce_sim.modem.personalities.simcom.sim70xx import SIM7000, SIM7070, SIM7080
from nce_sim.modem.personalities.ublox.sara import SARA_R4, SARA_R5, SARA_R422

PERSONALITIES = {
    personality.name: personality
    for personality in (
        BG95,
        BG96,
        BG77,
        EC21,
        EC25,
        EG91,
        EG95,
        SIM7000,
        SIM7070,
        SIM7080,
        A7672,
        SIM7600,
        SARA_R4,
        SARA_R422,
        SARA_R5,
        NRF91_SLM1,
        NRF91_SLM2,
        NRF91_SM,
        GM02S,
    )
}
# GM02SP is GM02S with a receiver of satellites, and the sweeps over all families have GM02S.
BY_NAME = {**PERSONALITIES, GM02SP.name: GM02SP}

__all__ = [
    "A7672",
    "BG77",
    "BG95",
    "BG96",
    "BY_NAME",
    "EC21",
    "EC25",
    "EG91",
    "EG95",
    "GM02S",
    "GM02SP",
    "NRF91_SLM1",
    "NRF91_SLM2",
    "NRF91_SM",
    "PERSONALITIES",
    "SARA_R4",
    "SARA_R5",
    "SARA_R422",
    "SIM7000",
    "SIM7070",
    "SIM7080",
    "SIM7600",
]
