"""What happened in the world: one timeline, from which everything else is derived."""

from nce_sim.record.pcap import write_pcap
from nce_sim.record.timeline import Record, Timeline

__all__ = ["Record", "Timeline", "write_pcap"]
