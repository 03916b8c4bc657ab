"""Options of `nce sim up` and `nce sim modem`: what the simulated 1NCE OS may do beyond the known.

1NCE documents neither resumption nor connection IDs, so all are off unless asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from nce_sim.backend_settings import BackendSettings

SessionIds = Annotated[
    bool, typer.Option("--session-ids", help="CoAPS: let DTLS sessions be resumed by their id.")
]
SessionTickets = Annotated[
    bool, typer.Option("--session-tickets", help="CoAPS: let them be resumed by a ticket.")
]
ConnectionId = Annotated[
    int | None,
    typer.Option(
        min=0, max=32, metavar="BYTES", help="CoAPS: agree on connection IDs of this length."
    ),
]
CoapsDevice = Annotated[
    Literal["source", "identity"],
    typer.Option(help="CoAPS: whose data a message is, by its source address or PSK identity."),
]


def backend_settings(
    session_ids: bool,
    session_tickets: bool,
    connection_id: int | None,
    coaps_device: str,
) -> BackendSettings:
    """The backend's settings with these switches thrown."""
    from nce_sim.backend_settings import BackendSettings
    from nce_sim.endpoints.dtls import DtlsSettings

    return BackendSettings(
        coaps_device=coaps_device,
        dtls=DtlsSettings(
            session_ids=session_ids,
            session_tickets=session_tickets,
            connection_id_bytes=connection_id,
        ),
    )
