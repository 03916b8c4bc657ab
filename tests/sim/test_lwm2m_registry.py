"""OMA's registry as the simulator carries it: versions, types, and what a definition may be."""

from __future__ import annotations

import pytest

from nce_sim.wire.lwm2m import registry
from nce_sim.wire.lwm2m.record import Kind, LwM2mMistake

ITEM = """<Item ID="5700"><Name>Value</Name><Operations>R</Operations>
<MultipleInstances>Single</MultipleInstances><Mandatory>Mandatory</Mandatory><Type>%s</Type>
<Units>Cel</Units></Item>"""
OBJECT = """<LWM2M><Object><Name>Own</Name><ObjectID>%s</ObjectID>
<MultipleInstances>Multiple</MultipleInstances><Mandatory>Optional</Mandatory>
<Resources>%s</Resources></Object></LWM2M>"""
BOMB = '<!DOCTYPE a [<!ENTITY b "x">]>'


def test_it_has_what_1nce_uses():
    wanted = (0, 1, 2, 3, 4, 5, 6, 7, 10, 3303, 3304, 3311, 3338, 3342, 3347)
    assert registry.objects() == wanted
    assert registry.versions(4) == ("1.0", "1.1", "1.2", "1.3")
    assert registry.versions(9) == ()


def test_an_unknown_version_is_the_newest():
    assert registry.definition(3, "7.9").version == "1.2"
    assert registry.definition(3, "1.0").version == "1.0"
    assert registry.definition(3303).version == "1.1"
    assert registry.definition(33605) is None


def test_a_resource_has_its_type_operations_and_multiplicity():
    battery, reboot = registry.resource(3, 9), registry.resource(3, 4)
    assert (battery.name, battery.kind, battery.is_readable) == (
        "Battery Level",
        Kind.INTEGER,
        True,
    )
    assert (reboot.kind, reboot.is_executable, reboot.is_writable) == (None, True, False)
    assert registry.resource(3, 7).is_multiple
    assert registry.resource(3303, 99) is None
    assert registry.types((6, 0, 5)) is Kind.TIME
    assert registry.types((3, 0, 7, 1)) is Kind.INTEGER
    assert registry.types((3, 0)) is None


def test_no_version_changes_a_type():
    """Which is why the codecs need not know the version that a client registered."""
    for number in registry.objects():
        kinds = {}
        for version in registry.versions(number):
            definition = registry.definition(number, version)
            assert (definition.number, definition.version) == (number, version)
            for resource in definition.resources.values():
                shape = (resource.kind, resource.is_multiple)
                assert kinds.setdefault(resource.number, shape) == shape, (number, resource)


def test_a_definition_of_ones_own_is_read():
    own = registry.read((OBJECT % (33000, ITEM % "Float")).encode())
    assert (own.number, own.version, own.is_multiple) == (33000, "1.0", True)
    assert own.resources[5700].units == "Cel"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (BOMB + OBJECT % (33000, ""), "document type"),
        (OBJECT % (33000, ITEM % "Complex"), "Complex.*known are String"),
        (OBJECT % (70000, ""), "70000"),
        (OBJECT % ("-1", ""), "-1"),
        ("<LWM2M><Object/></LWM2M>", "ObjectID"),
        ("<LWM2M/>", "no Object"),
        ("<LWM2M>", "no XML"),
        (" " * (1 << 20) + "<a/>", "octets"),
    ],
)
def test_what_is_no_definition_is_refused(text, says):
    with pytest.raises(LwM2mMistake, match=says):
        registry.read(text.encode())


def test_a_document_type_is_refused_in_any_encoding():
    text = '<?xml version="1.0" encoding="utf-16"?>' + BOMB + OBJECT % (33000, "")
    with pytest.raises(LwM2mMistake, match="document type"):
        registry.read(text.encode("utf-16"))
