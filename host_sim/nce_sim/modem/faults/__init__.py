"""What can go wrong with a modem: declared by a test, or taken from the catalogue."""

from nce_sim.modem.faults.declared import AWKWARD, POINTS, Faults

__all__ = ["AWKWARD", "POINTS", "Faults"]
