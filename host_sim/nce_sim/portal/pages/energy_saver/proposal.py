"""A template proposed from sample records, checked by encoding and decoding each of them."""

from __future__ import annotations

from typing import NamedTuple

from nicegui import ui

from nce_bcl import BclError
from nce_sim.portal.parts.fields import text
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import words
from nce_sim.templates.design import propose
from nce_sim.templates.kinds import DesignError
from nce_sim.templates.samples import SampleError, read_samples
from nce_sim.templates.shown import show_template

_SAMPLES = """{"level": 300, "lid": {"open": false}, "mode": "auto"}
{"level": 311, "lid": {"open": true}, "mode": "off"}"""
_MOST_CHARACTERS = 64_000
_MOST_RECORDS = 200


class Proposal(NamedTuple):
    """A template, the payload of the first record, and what there is to say about them."""

    template: str
    payload: str
    told: str


def proposed(samples: str, head_room: float, name: str) -> Proposal:
    """A template for records of JSON; SampleError or DesignError for what none can carry."""
    records = read_samples(samples)
    if len(records) > _MOST_RECORDS:
        raise SampleError(
            f"{len(records)} records; {_MOST_RECORDS} at most here, more by nce bcl new"
        )
    design = propose(records, head_room, name)
    payload = design.payload_of(0, records[0])
    several = "s" if len(records) > 1 else ""
    told = f"{len(records)} record{several} encoded, decoded and found equal. "
    told += f"The first is sent in {len(payload)} bytes."
    return Proposal(
        show_template(design.document).rstrip(),
        payload.hex(),
        " ".join((told, *(f"Note: {note}." for note in design.notes))),
    )


async def ask_for_proposal() -> Proposal | None:
    """Ask for samples; None when the user gave up."""
    form = FormDialog("Propose a template", "Propose")
    with form.body:
        words("p", "Paste records as your device knows them: a JSON object on each line.", "note")
        samples = ui.textarea("Sample records in JSON", value=_SAMPLES)
        samples.props(f"rows=8 spellcheck=false maxlength={_MOST_CHARACTERS}").classes("source")
        form.field("samples", samples)
        room = ui.number("Head room of numbers in percent", value=25, min=0, max=10_000)
        form.field("head_room", room)
        name = form.field("name", text("Name in the template", most=64))

    async def make() -> Proposal:
        percent = room.value
        if percent is None or not 0 <= percent <= 10_000:
            raise WrongField("head_room", "Give 0 to 10000 percent.")
        try:
            return proposed(samples.value or "", percent / 100, name.value or "")
        except (SampleError, DesignError, BclError) as error:
            raise WrongField("samples", str(error)) from error

    return await form.run(make)
