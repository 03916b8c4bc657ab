"""The page with the picture of an attach and a first message, drawn from a run in virtual time."""

from __future__ import annotations

from hub.markdown import plain
from hub.reference.runs import first_message
from nce_sim.record.sequence import sequence_picture
from nce_sim.record.steps import steps_of


def page() -> str:
    """The picture, and what it shows."""
    records = first_message()
    picture = sequence_picture(
        steps_of(records), "From power-on to the first message, step by step"
    )
    sizes = [record.fields["size"] for record in records if record.kind == "datagram"]
    said = plain(
        f"The picture is drawn from the timeline of a simulated world whenever this site is "
        f"built: a BG95 is switched on, attaches as a roamer, fetches its key from the Device "
        f"Authenticator, makes a DTLS session and sends one record of one byte. "
        f"{len(sizes)} datagrams with {sum(sizes)} bytes cross the air, IP and UDP included."
    )
    return (
        "\n\n".join(
            (
                "# From power-on to the first message",
                said,
                f'<div class="picture">{picture}</div>',
                "The code of the device is on [the page of the SDK](../sdk/README.md); the steps "
                "of the attach are on [the page of the driver](../modem/README.md).",
            )
        )
        + "\n"
    )
