"""Between modem and service: cell, link, core network, addresses and names."""

from nce_sim.network.causes import AttachRejected, PdpRejected
from nce_sim.network.core import Core
from nce_sim.network.datagram import Address, Datagram
from nce_sim.network.link import LTE_M, NB_IOT, LinkProfile
from nce_sim.network.session import Session

__all__ = [
    "LTE_M",
    "NB_IOT",
    "Address",
    "AttachRejected",
    "Core",
    "Datagram",
    "LinkProfile",
    "PdpRejected",
    "Session",
]
