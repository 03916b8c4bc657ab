"""TCP in the simulated world: one engine for hosts on the internet and for modems (RFC 9293)."""

from nce_sim.network.tcp.connection import Connection
from nce_sim.network.tcp.events import (
    Acknowledged,
    Arrived,
    Closed,
    Connected,
    NotOpen,
    OnEvent,
    PeerClosed,
    PortInUse,
    Refused,
    Reset,
    TcpEvent,
)
from nce_sim.network.tcp.stack import Gate, OnConnection, TcpStack
from nce_sim.network.tcp.states import TcpState

__all__ = [
    "Acknowledged",
    "Arrived",
    "Closed",
    "Connected",
    "Connection",
    "Gate",
    "NotOpen",
    "OnConnection",
    "OnEvent",
    "PeerClosed",
    "PortInUse",
    "Refused",
    "Reset",
    "TcpEvent",
    "TcpStack",
    "TcpState",
]
