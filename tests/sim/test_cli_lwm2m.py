"""`nce lwm2m`: tables of objects from OMA's definitions, and packages of firmware."""

from __future__ import annotations

import hashlib
import importlib
import pkgutil

import pytest
from typer.testing import CliRunner

from nce.lwm2m import kinds, model, objects
from nce_cli.app import app
from nce_cli.object_xml import MOST_BYTES, MOST_DEPTH, DefinitionError, read_definition
from support.portable_runs import ROOT

REGISTRY = ROOT / "host_sim/nce_sim/wire/lwm2m/definitions"
# The committed table of each definition.
TABLES = {
    "0-1_1": "security",
    "1-1_1": "server",
    "2-1_1": "access_control",
    "3-1_1": "device",
    "4-1_3": "connectivity_monitoring",
    "5-1_1": "firmware_update",
    "6-1_0": "location",
    "7-1_0": "connectivity_statistics",
    "10-1_1": "cellular_connectivity",
    "3303-1_1": "temperature",
    "3304-1_1": "humidity",
    "3311-1_0": "light_control",
    "3338-1_1": "buzzer",
    "3342-1_1": "on_off_switch",
    "3347-1_1": "push_button",
}
ITEM = (
    '<Item ID="%s"><Name>N</Name><Operations>%s</Operations><MultipleInstances>%s'
    "</MultipleInstances><Mandatory>Optional</Mandatory><Type>%s</Type></Item>"
)
WHOLE = (
    "<LWM2M><Object><Name>Gauge</Name><ObjectID>%s</ObjectID><ObjectVersion>%s</ObjectVersion>"
    "<MultipleInstances>Single</MultipleInstances><Resources>%s</Resources></Object></LWM2M>"
)
GOOD = ITEM % (1, "R", "Single", "Float")
# What is in the file, and what is said of it.
BROKEN = {
    "no xml": ("tank", "this is no XML: syntax error"),
    "cut": (WHOLE[:60], "this is no XML: "),
    "entities": (
        '<!DOCTYPE a [<!ENTITY b "c">]>' + WHOLE % (1, "1.0", GOOD),
        "the file declares a document type",
    ),
    "external": (
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">' + WHOLE % (1, "1.0", GOOD),
        "the file declares a document type",
    ),
    "too deep": ("<a>" * (MOST_DEPTH + 1), f"nested deeper than {MOST_DEPTH}"),
    "too large": (" " * (MOST_BYTES + 1), f"the file has {MOST_BYTES + 1} bytes"),
    "another document": ("<html></html>", "<html> has 0 elements <Object>"),
    "number": (WHOLE % (65535, "1.0", GOOD), "ObjectID is '65535', not a number from 0 to 65534"),
    "no number": (WHOLE % ("", "1.0", GOOD), "the object has no <ObjectID>"),
    "version": (WHOLE % (1, "one", GOOD), "ObjectVersion is 'one', not such as 1.0"),
    "no resources": (WHOLE % (1, "1.0", ""), "object 1 has 0 resources"),
    "type": (
        WHOLE % (1, "1.0", ITEM % (7, "R", "Single", "Double")),
        "resource 7: Type is 'double', not one of string, integer",
    ),
    "operations": (
        WHOLE % (1, "1.0", ITEM % (7, "RX", "Single", "Float")),
        "resource 7: Operations is 'RX', not R, W, RW, E or none",
    ),
    "multiplicity": (
        WHOLE % (1, "1.0", ITEM % (7, "R", "Many", "Float")),
        "resource 7: MultipleInstances is 'Many', not Multiple or Single",
    ),
    "twice": (WHOLE % (1, "1.0", GOOD * 2), "resource 1 is there twice"),
    "code": (
        WHOLE % ('1"""\nimport os', "1.0", GOOD),
        "not a number from 0 to 65534",
    ),
}

run = CliRunner().invoke


@pytest.mark.parametrize(("definition", "module"), TABLES.items(), ids=TABLES.values())
def test_a_committed_table_is_what_the_command_makes(definition, module):
    done = run(app, ["lwm2m", "object", str(REGISTRY / f"{definition}.xml")])
    assert done.exit_code == 0, done.output
    path = ROOT / f"sdk/nce/lwm2m/objects/{module}.py"
    assert done.stdout == path.read_text(encoding="utf-8")


def test_every_table_has_its_definition():
    found = [module.name for module in pkgutil.iter_modules(objects.__path__)]
    assert sorted(found) == sorted(TABLES.values())


def test_a_table_says_what_the_definition_says():
    made = importlib.import_module("nce.lwm2m.objects.device").DEFINITION
    assert (made.number, made.version, made.is_multiple) == (3, "1.1", False)
    reboot, sources = (model.row_of(made, number) for number in (4, 6))
    assert model.kind_of(reboot) == model.EXECUTABLE
    assert model.operations_of(reboot) == model.EXECUTE
    assert model.is_mandatory(reboot)
    assert model.kind_of(sources) == kinds.INTEGER
    assert model.is_multiple(sources)
    assert not model.is_mandatory(sources)


@pytest.mark.parametrize("case", BROKEN.values(), ids=BROKEN)
def test_a_file_that_is_no_definition_is_told_of(case, tmp_path):
    text, told = case
    (tmp_path / "object.xml").write_text(text)
    done = run(app, ["lwm2m", "object", str(tmp_path / "object.xml")])
    assert done.exit_code == 1, done.output
    assert told in done.output


def test_a_name_cannot_leave_its_comment(tmp_path):
    evil = 'x"""\nimport os\n"""'
    text = (WHOLE % (1, "1.0", GOOD)).replace("Gauge", evil).replace(">N<", f">{evil}<")
    (tmp_path / "object.xml").write_text(text)
    source = run(app, ["lwm2m", "object", str(tmp_path / "object.xml")]).stdout
    names: dict[str, object] = {}
    exec(source, names)
    assert "os" not in names


def test_a_file_that_is_not_there_is_told_of(tmp_path):
    done = run(app, ["lwm2m", "object", str(tmp_path / "none.xml")])
    assert (done.exit_code, "none.xml: No such file" in done.output) == (2, True)


def test_the_oldest_definitions_are_of_version_1_0():
    text = (WHOLE % (1, "1.0", GOOD)).replace("<ObjectVersion>1.0</ObjectVersion>", "")
    assert read_definition(text.encode()).version == "1.0"
    with pytest.raises(DefinitionError):
        read_definition(b"")


def test_a_package_is_a_head_and_the_image(tmp_path):
    (tmp_path / "image").write_bytes(b"image")
    out = tmp_path / "package"
    done = run(
        app, ["lwm2m", "package", str(tmp_path / "image"), "-o", str(out), "--version", "1.2"]
    )
    digest = hashlib.sha256(b"image")
    assert out.read_bytes() == b"NCE5\0\0\0\x05" + digest.digest() + b"\x031.2image"
    assert f"49 bytes; #sha256={digest.hexdigest()}" in done.output
    done = run(
        app, ["lwm2m", "package", str(tmp_path / "image"), "-o", str(out), "--version", "v" * 65]
    )
    assert (done.exit_code, "--version has 65 bytes" in done.output) == (2, True)
