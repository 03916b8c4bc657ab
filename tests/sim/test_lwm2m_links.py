"""Links of registrations, as real clients write them and as they should not."""

from __future__ import annotations

import pytest

from nce_sim.wire.lwm2m import links
from nce_sim.wire.lwm2m.record import LwM2mMistake

ANJAY_2 = '</>;ct="110 112 11542",</1>;ver="1.1",</1/0>,</2>,</3>;ver=1.1,</3/0>,</5/0>'


def test_a_registration_has_objects_versions_and_instances():
    read = links.parse(ANJAY_2)
    assert read.objects == {1: "1.1", 2: None, 3: "1.1", 5: None}
    assert read.instances == ((1, 0), (3, 0), (5, 0))
    assert read.content_formats == (110, 112, 11542)
    assert read.resource_type is None


def test_objects_may_stand_below_another_root():
    read = links.parse(
        '</lwm2m>;rt="oma.lwm2m";ct=11543,</lwm2m/1/0>,</lwm2m/3>;ver=1.2,</lwm2m/3/0>'
    )
    assert (read.root, read.resource_type) == ("/lwm2m", "oma.lwm2m")
    assert read.objects == {1: None, 3: "1.2"}
    assert read.instances == ((1, 0), (3, 0))


def test_the_version_of_a_draft_may_stand_bare():
    read = links.parse('lwm2m="1.0",</0/0>,</0/1>;ssid=101,</3/0>')
    assert read.lwm2m_version == "1.0"
    assert read.links[1].attributes == {"ssid": "101"}


@pytest.mark.parametrize(
    "text",
    ["", "</3/0>,", ",</3/0>", "</3/0>;ver=x", "</3>;ver=1", '</>;ct="x",</3/0>', "</3/0>;=1"]
    + ["<//3/0>", "</3/0/>", "</03/0>", "</65535/0>", '</3/0>;a="\\', "<</3/0>>", "</3/0"],
)
def test_what_is_no_link_is_refused(text):
    with pytest.raises(LwM2mMistake):
        links.parse(text)


def test_links_are_bounded():
    with pytest.raises(LwM2mMistake, match="4096"):
        links.parse(",".join(["</3/0>"] * 4097))
    with pytest.raises(LwM2mMistake, match="characters"):
        links.parse("<" * (links.MOST_CHARACTERS + 1))
    with pytest.raises(LwM2mMistake):
        links.parse("</3/0>" + ';a="' * 20_001)
