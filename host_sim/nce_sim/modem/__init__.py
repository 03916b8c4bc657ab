"""A simulated cellular modem: power, line discipline, registration, sockets, faults."""

from nce_sim.modem.core import Modem
from nce_sim.modem.personality import Personality
from nce_sim.modem.power import Power

__all__ = ["Modem", "Personality", "Power"]
