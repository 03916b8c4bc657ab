"""The CoAPS endpoint's DTLS 1.2 PSK server: records, suites, handshake, associations; sans-IO."""

from nce_sim.endpoints.dtls.events import Closed, Data, Established, Event, Failed, Moved, Peer
from nce_sim.endpoints.dtls.flights import LookUpPsk
from nce_sim.endpoints.dtls.server import DtlsServer
from nce_sim.endpoints.dtls.settings import ALERT, SILENCE, DtlsSettings
from nce_sim.wire.dtls.suites import SUITES, Suite

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
    "LookUpPsk",
    "Moved",
    "Peer",
    "Suite",
]
