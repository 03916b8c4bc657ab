"""`nce bcl` as its users run it: what is printed, where, and the exit status."""

from __future__ import annotations

import base64
import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text
from typer.testing import CliRunner

from nce_bcl.explain import explain
from nce_bcl.findings import RULES
from nce_bcl.lint import lint
from nce_cli import bcl_show
from nce_cli.app import app

FLEET = {
    "sense": [
        {
            "switch": {"byte": 0, "type": "uint"},
            "on": [
                {
                    "case": 1,
                    "do": [
                        {
                            "asset": "litres",
                            "value": {"byte": 1, "bytelength": 2, "type": "uint"},
                        },
                        {"asset": "name", "value": {"byte": 3, "endbyte": 0, "type": "string"}},
                    ],
                },
                {"default": True, "do": [{"asset": "kind", "value": "unknown"}]},
            ],
        }
    ]
}
BROKEN = {"sense": [{"asset": "v", "value": {"byte": 0, "byteLength": 2, "type": "uint"}}]}
WARNED = {"sense": [{"asset": "v", "value": {"byte": 1, "type": "uint"}}]}
ABCL = {
    "sense": [
        {"asset": "heat", "value": {"byte": 0, "type": "integer", "calculation": "val / 10"}}
    ]
}

run = CliRunner().invoke


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, document in (
        ("fleet", FLEET),
        ("broken", BROKEN),
        ("warned", WARNED),
        ("abcl", ABCL),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(document))
    (tmp_path / "torn.json").write_bytes(b'{"sense": \xff')
    return tmp_path


def bcl(*arguments, **options):
    return run(app, ["bcl", *arguments], **options)


# lint


def test_lint_finds_nothing_in_a_clean_template(folder):
    result = bcl("lint", "fleet.json")
    assert (result.exit_code, result.stdout) == (0, "nothing found\n")


def test_lint_prints_place_severity_rule_and_message(folder):
    result = bcl("lint", "fleet.json", "broken.json", "warned.json")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "broken.json"
    assert lines[1] == "  error  misspelt-key  sense[0].value"
    assert lines[2].startswith("    'byteLength' is ignored")
    assert "warned.json" in lines
    assert lines[-1] == "1 error, 1 warning"
    assert "\x1b" not in result.stdout


def test_warnings_alone_are_no_failure(folder):
    assert bcl("lint", "warned.json").exit_code == 0


def test_lint_as_json_is_what_the_library_finds(folder):
    result = bcl("lint", "broken.json", "warned.json", "--json")
    assert result.exit_code == 1
    expected = [{"file": "broken.json", **finding._asdict()} for finding in lint(BROKEN)]
    expected += [{"file": "warned.json", **finding._asdict()} for finding in lint(WARNED)]
    assert json.loads(result.stdout) == expected


def test_lint_reads_stdin_and_takes_sender_and_protocol(folder):
    wide = {"asset": "v", "value": {"byte": 1, "bytelength": 600, "type": "hex"}}
    text = json.dumps({"sense": [wide]})
    rules = []
    for options in ((), ("--sender", "c-sdk"), ("--protocol", "coap"), ("--protocol", "udp")):
        result = bcl("lint", "-", "--json", *options, input=text)
        rules.append([row["rule"] for row in json.loads(result.stdout)])
    assert rules == [
        ["gap", "payload-limit"],
        ["payload-limit", "c-sdk-text"],
        ["gap"],
        ["gap", "payload-limit"],
    ]


def test_lint_lists_its_rules(folder):
    result = bcl("lint", "--rules")
    assert result.exit_code == 0
    for rule, _, _ in RULES:
        assert rule in result.stdout


# explain


def test_explain_prints_bytes_assets_and_values_plainly_in_a_pipe(folder):
    result = bcl("explain", "fleet.json", "01 01 2c 6f 6b")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout
    rows = [line.split() for line in result.stdout.splitlines()]
    assert ["1-2", "01", "2c", "litres", "uint", "2", "big", "300"] in rows
    assert ["3-4", "6f", "6b", "name", "string", "open", "range", '"ok"'] in rows
    assert "The switch at sense[0] is 1 and takes sense[0].on[0]." in result.stdout
    assert '5 bytes of payload, 26 as JSON: {"litres":300,"name":"ok"}' in result.stdout


def test_explain_says_where_and_why_a_payload_fails(folder):
    result = bcl("explain", "fleet.json", "0101")
    assert result.exit_code == 1
    assert "Asset path:litres, Error: can't extract [1:3] from 2 bytes" in result.stdout
    assert "Where: asset litres at sense[0].on[0].do[0]" in result.stdout
    assert "needs 3 bytes, the payload has 2" in result.stdout
    assert "1 byte missing" in result.stdout


def test_explain_as_json(folder):
    result = bcl("explain", "fleet.json", "63ff", "--json")
    found = json.loads(result.stdout)
    assert found["record"] == {"kind": "unknown"}
    assert found["error"] is None
    assert [row["role"] for row in found["rows"]] == ["switch", "unused", "constant"]


@pytest.mark.parametrize("width", [40, 60, 80, 140])
@pytest.mark.parametrize("payload", ["01012c" + "61" * 40, "0101", "", "63ffff"])
def test_explain_fits_the_terminal_in_colour(width, payload):
    file = io.StringIO()
    console = Console(file=file, force_terminal=True, width=width, color_system="standard")
    found = explain(FLEET, bytes.fromhex(payload))
    bcl_show.show_explanation(console, found)
    text = file.getvalue()
    assert "\x1b[" in text
    lines = Text.from_ansi(text).plain.splitlines()
    # The record is one line, so that it can be copied.
    assert all(cell_len(line) <= width for line in lines if " as JSON: " not in line)


@pytest.mark.parametrize("payload", ["ff" * 3000, "01" + "00" * 3000])
def test_explain_draws_large_payloads(payload):
    console = Console(file=io.StringIO(), width=80)
    bcl_show.show_explanation(console, explain(FLEET, bytes.fromhex(payload)))


def test_a_field_far_beyond_the_payload_is_drawn_briefly():
    far = {"byte": 2_000_000_000, "bytelength": 2_000_000_000, "type": "hex"}
    file = io.StringIO()
    template = {"sense": [{"asset": "v", "value": far}]}
    bcl_show.show_explanation(Console(file=file, width=80), explain(template, b"\x01"))
    assert len(file.getvalue()) < 3000


# decode, encode


def test_decode_prints_json(folder):
    result = bcl("decode", "fleet.json", "0x01:01:2c")
    assert (result.exit_code, json.loads(result.stdout)) == (0, {"litres": 300, "name": ""})


def test_decode_takes_base64_and_stdin(folder):
    text = base64.b64encode(b"\x01\x01\x2cok").decode()
    assert json.loads(bcl("decode", "fleet.json", "--base64", text).stdout)["name"] == "ok"
    result = bcl("decode", "fleet.json", "-", input="01 01\n2c")
    assert json.loads(result.stdout)["litres"] == 300
    result = bcl("decode", "-", "63", input=json.dumps(FLEET))
    assert json.loads(result.stdout) == {"kind": "unknown"}


def test_encode_prints_hex_that_decodes_back(folder):
    record = {"litres": 300, "name": "ok"}
    result = bcl("encode", "fleet.json", json.dumps(record))
    assert (result.exit_code, result.stdout) == (0, "01012c6f6b\n")
    result = bcl("encode", "fleet.json", "-", "--base64", input=json.dumps(record))
    assert base64.b64decode(result.stdout) == bytes.fromhex("01012c6f6b")
    assert bcl("encode", "fleet.json", "{}", "--case", "99").stdout == "63\n"


# translate


def test_translate_refuses_what_changes_values_and_writes_nothing(folder):
    result = bcl("translate", "abcl.json", "-o", "out.json")
    assert result.exit_code == 1
    assert "val / 10" in result.stderr
    assert result.stdout == ""
    assert not (folder / "out.json").exists()


def test_translate_writes_the_template_and_reports_to_stderr(folder):
    expected = {"sense": [{"asset": "heat", "value": {"byte": 0, "type": "uint"}}]}
    result = bcl("translate", "abcl.json", "--raw")
    assert (result.exit_code, json.loads(result.stdout)) == (0, expected)
    assert "raw  sense[0].value" in result.stderr
    result = bcl("translate", "abcl.json", "--raw", "-o", "out.json")
    assert (result.exit_code, result.stdout) == (0, "")
    assert json.loads((folder / "out.json").read_text()) == expected
    assert "nothing changed" in bcl("translate", "out.json").stderr


# What goes wrong

FAILURES = (
    # arguments, exit status, what stderr says
    (("lint",), 2, "name a template"),
    (("lint", "absent.json"), 2, "absent.json: No such file"),
    (("lint", "torn.json"), 2, "not UTF-8"),
    (("lint", "-", "-"), 2, "only one"),
    (("lint", "fleet.json", "--sender", "rust"), 2, "c-sdk"),
    (("explain", "-", "-"), 2, "only one"),
    (("explain", "fleet.json", "0"), 2, "two digits for each byte"),
    (("explain", "fleet.json", "AQE="), 2, "--base64"),
    (("explain", "fleet.json", "zz", "--base64"), 2, "not base64"),
    (("explain", "abcl.json", "00"), 1, "nce bcl lint abcl.json"),
    (("decode", "fleet.json", "01"), 1, "nce bcl explain"),
    (("decode", "abcl.json", "01"), 1, "in BCL write int or uint"),
    (("encode", "fleet.json", "[1]"), 2, "a record is a JSON object"),
    (("encode", "fleet.json", "{"), 2, "not JSON"),
    (("encode", "fleet.json", '{"litres": 70000, "name": ""}'), 1, "outside 0..65535"),
    (("encode", "fleet.json", "{}"), 1, "case"),
    (("translate", "fleet.json", "-o", "absent/out.json"), 2, "absent/out.json"),
    (("translate", "torn.json"), 2, "not UTF-8"),
)


@pytest.mark.parametrize(("arguments", "status", "message"), FAILURES)
def test_a_failure_says_what_and_exits_so(folder, arguments, status, message):
    result = bcl(*arguments, input="{}")
    assert result.exit_code == status, result.output
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["lint", "explain", "decode", "encode", "translate"])
def test_help_shows_an_example(command):
    result = bcl(command, "--help")
    assert result.exit_code == 0
    assert f"nce bcl {command} " in result.stdout.split("Example:")[1]
