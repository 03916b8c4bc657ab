"""Options of `nce sim up` and `nce sim modem`: what 1NCE OS may do beyond what 1NCE documents.

`nce sim up` alone has those of deliveries.

1NCE does not document resumption or connection IDs, so all are off by default.
"""

from __future__ import annotations

import ssl
from pathlib import Path
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
DeliverToLoopback = Annotated[
    bool,
    typer.Option(
        "--deliver-to-loopback",
        help="Deliver events to servers of this computer as well, by HTTP too.",
    ),
]


def trusted_file(file: Path | None) -> Path | None:
    """The file, which holds certificates; typer.BadParameter when it holds none."""
    if file is not None:
        try:
            ssl.create_default_context(cafile=str(file))
        except OSError as error:
            raise typer.BadParameter(f"{file} holds no certificate in PEM ({error})") from None
    return file


DeliveryCa = Annotated[
    Path | None,
    typer.Option(
        callback=trusted_file,
        exists=True,
        dir_okay=False,
        metavar="FILE",
        help="Trust these certificates (PEM) of servers that get events, beside the system's.",
    ),
]


def backend_settings(
    session_ids: bool,
    session_tickets: bool,
    connection_id: int | None,
    coaps_device: str,
    deliver_to_loopback: bool = False,
    delivery_ca: Path | None = None,
) -> BackendSettings:
    """The backend's settings with these options."""
    from nce_sim.backend_settings import BackendSettings
    from nce_sim.deliveries import DeliverySettings
    from nce_sim.endpoints.dtls import DtlsSettings

    return BackendSettings(
        coaps_device=coaps_device,
        dtls=DtlsSettings(
            session_ids=session_ids,
            session_tickets=session_tickets,
            connection_id_bytes=connection_id,
        ),
        deliveries=DeliverySettings(
            allow_loopback=deliver_to_loopback,
            extra_ca_file=None if delivery_ca is None else str(delivery_ca),
        ),
    )
