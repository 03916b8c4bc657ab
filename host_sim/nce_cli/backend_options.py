"""Options of `nce sim up` and `nce sim modem`: what 1NCE OS may do beyond what 1NCE documents.

1NCE does not document resumption or connection IDs, so all are off by default.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from nce_sim.backend_settings import BackendSettings

SessionIds = Annotated[
    bool,
    typer.Option("--session-ids", help="CoAPS: allow a DTLS session to be resumed by its id."),
]
SessionTickets = Annotated[
    bool,
    typer.Option(
        "--session-tickets", help="CoAPS: allow a DTLS session to be resumed by a ticket."
    ),
]
ConnectionId = Annotated[
    int | None,
    typer.Option(
        min=0, max=32, metavar="BYTES", help="CoAPS: negotiate connection IDs of this length."
    ),
]
CoapsDevice = Annotated[
    Literal["source", "identity"],
    typer.Option(
        help="CoAPS: find the SIM of a message by its source address or its PSK identity."
    ),
]


def backend_settings(
    session_ids: bool,
    session_tickets: bool,
    connection_id: int | None,
    coaps_device: str,
) -> BackendSettings:
    """The backend's settings with these options."""
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
