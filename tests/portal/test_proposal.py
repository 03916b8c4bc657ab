"""Templates that the workbench proposes from pasted records."""

import pytest

pytest.importorskip("nicegui", reason="the portal needs nicegui")

from nce_bcl import Template
from nce_sim.portal.pages.energy_saver.examples import EXAMPLES
from nce_sim.portal.pages.energy_saver.proposal import proposed
from nce_sim.templates.samples import SampleError

SHAPES = '{"kind": "tank", "level": 300}\n{"kind": "door", "open": true}'


def test_a_proposal_comes_with_the_payload_of_its_first_record():
    for samples, first in (
        ('{"a": {"b": 7}}', {"a": {"b": 7}}),
        (SHAPES, {"kind": "tank", "level": 300}),
    ):
        found = proposed(samples, 0.25, "")
        assert Template(found.template).decode(bytes.fromhex(found.payload)) == first


def test_more_records_than_a_page_waits_for_are_refused():
    with pytest.raises(SampleError, match="201 records; 200 at most"):
        proposed('{"a": 1}\n' * 201, 0.25, "")


def test_the_examples_decode():
    decoded = {
        name: Template(each.template).decode(bytes.fromhex(each.payload))
        for name, each in EXAMPLES.items()
    }
    assert decoded["Location"]["latitude"] == 50.94
    assert decoded["Deep JSON"]["tank"] == {"level": 300, "lid": {"open": True}}
    assert decoded["Switch statement"] == {"event": "measured", "temperature": -10}
