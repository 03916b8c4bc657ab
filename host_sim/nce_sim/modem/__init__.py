"""A simulated cellular modem: power, line discipline, registration, sockets, faults."""

from nce_sim.modem.core import Modem, Power
from nce_sim.modem.personality import Personality

__all__ = ["Modem", "Personality", "Power"]
