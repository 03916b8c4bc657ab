"""The modem families, by the name `World.add_modem` takes."""

from nce_sim.modem.personalities.bg95 import BG95

PERSONALITIES = {BG95.name: BG95}

__all__ = ["BG95", "PERSONALITIES"]
