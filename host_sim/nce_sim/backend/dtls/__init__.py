"""The CoAPS endpoint's DTLS 1.2 PSK server: records, suites, handshake, associations; sans-IO."""

from .events import Closed, Data, Established, Event, Failed, Moved, Peer
from .server import DtlsServer
from .settings import ALERT, SILENCE, DtlsSettings
from .suites import SUITES, Suite

__all__ = [
    "ALERT",
    "SILENCE",
    "SUITES",
    "Closed",
    "Data",
    "DtlsServer",
    "DtlsSettings",
    "Established",
    "Event",
    "Failed",
    "Moved",
    "Peer",
    "Suite",
]
