"""What an engine's event is on the timeline; ICCIDs masked, keys never.

kind, fields = described(event)
timeline.add("backend", kind, **fields)
"""

from __future__ import annotations

from typing import Any

from nce.coap import codes
from nce_sim.sim_card import masked

from . import dtls
from .coap_server import Answered


def described(event: Any) -> tuple[str, dict[str, Any]]:
    """The kind of record and its fields."""
    if isinstance(event, Answered):
        request = event.request
        return "coap", {
            "peer": f"{event.peer.host}:{event.peer.port}",
            "path": request.path if request else None,
            "code": None if event.code is None else codes.dotted(event.code),
            "note": event.note,
        }
    peer = f"{event.peer[0]}:{event.peer[1]}"
    if isinstance(event, dtls.Established):
        identity = masked(event.identity.decode("utf-8", "replace"))
        return "dtls_established", {
            "peer": peer,
            "identity": identity,
            "suite": event.suite,
            "resumed": event.is_resumed,
        }
    if isinstance(event, dtls.Moved):
        return "dtls_moved", {"peer": peer, "previous": f"{event.previous[0]}:{event.previous[1]}"}
    kind = "dtls_failed" if isinstance(event, dtls.Failed) else "dtls_closed"
    return kind, {"peer": peer, "reason": event.reason}
