"""`nce bcl compile`, `savings` and `new`: what they print, and what they prove."""

import json
import struct
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from support.search import examples

typer_testing = pytest.importorskip("typer.testing", reason="the command line needs typer")
cbor2 = pytest.importorskip("cbor2", reason="the savings are weighed against cbor2")
msgpack = pytest.importorskip("msgpack", reason="the savings are weighed against msgpack")

from nce_bcl import Template  # noqa: E402
from nce_bcl.lint import lint  # noqa: E402
from nce_cli.app import app  # noqa: E402
from nce_cli.templates.savings import EnergyModel, transports, weigh  # noqa: E402
from nce_sim.templates.design import DesignError, propose  # noqa: E402
from nce_sim.templates.samples import SampleError, nested, read_samples  # noqa: E402

FLEET = (
    {"kind": "tank", "litres": 300, "heat": 26.7, "mode": "auto"},
    {"kind": "tank", "litres": 311, "heat": -12.5, "mode": "off"},
    {"kind": "door", "open": True, "gps": {"lat": 56.92137111, "lon": 24.09641595}},
    {"kind": "door", "open": False, "gps": {"lat": 56.92, "lon": 24}},
)

TANK = {
    "name": "Tank",
    "sense": [
        {"asset": "kind", "value": "tank"},
        {"asset": "litres", "value": {"byte": 0, "bytelength": 2, "type": "uint"}},
        {"asset": "heat", "value": {"byte": 2, "bytelength": 4, "type": "float"}},
    ],
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    lines = [json.dumps(record) for record in FLEET]
    Path("fleet.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    Path("tank.json").write_text(json.dumps(TANK), encoding="utf-8")
    Path("tank.jsonl").write_text('{"litres": 300, "heat": 26.7}\n', encoding="utf-8")

    def invoke(*arguments, status=0):
        result = typer_testing.CliRunner().invoke(app, ["bcl", *arguments])
        assert result.exit_code == status, result.output
        return result

    return invoke


# compile


def test_compile_writes_a_module_that_agrees_with_the_template(run):
    run("compile", "tank.json", "-o", "codec.py")
    names = {"__name__": "codec"}
    exec(Path("codec.py").read_text(encoding="utf-8"), names)
    payload = struct.pack(">Hf", 300, 26.7)
    assert names["encode"]({"litres": 300, "heat": 26.7}) == payload
    assert names["decode"](payload) == {"kind": "tank", "litres": 300, "heat": 26.7}
    assert '"Tank"' in names["__doc__"]


def test_compile_leaves_decode_out(run):
    output = run("compile", "tank.json", "--encode-only").output
    assert "def encode" in output
    assert "def decode" not in output


def test_a_reading_is_chosen_alike_in_every_command(run):
    selector = {"byte": 0, "bytelength": 2, "type": "string"}
    on = [
        {"case": "T", "do": [{"asset": "text", "value": selector}]},
        {"default": True, "do": [{"asset": "text", "value": "other"}]},
    ]
    template = json.dumps({"sense": [{"switch": selector, "on": on}]})
    Path("text.json").write_text(template, encoding="utf-8")
    assert "case-range" in run("lint", "text.json", status=1).output
    assert "other" in run("decode", "text.json", "5400").output
    chosen = ("--reading", "strip-nul")
    assert "nothing found" in run("lint", "text.json", *chosen).output
    assert json.loads(run("decode", "text.json", "5400", *chosen).output) == {"text": "T"}
    assert run("encode", "text.json", '{"text": "T"}', *chosen).output == "5400\n"
    assert "takes sense[0].on[0]" in run("explain", "text.json", "5400", *chosen).output
    assert ".rstrip(" in run("compile", "text.json", *chosen).output
    boolean = {"asset": "on", "value": {"byte": 0, "bytelength": 2, "type": "boolean"}}
    Path("boolean.json").write_text(json.dumps({"sense": [boolean]}), encoding="utf-8")
    found = run("lint", "boolean.json", "--reading", "one-byte-boolean", status=1).output
    assert "illegal-length" in found


def test_compile_says_why_not(run):
    overlap = {"sense": [dict(statement) for statement in TANK["sense"][1:]]}
    overlap["sense"][1] = {"asset": "b", "value": {"byte": 1, "type": "uint"}}
    Path("overlap.json").write_text(json.dumps(overlap), encoding="utf-8")
    assert "b: shares bytes" in run("compile", "overlap.json", status=1).output
    assert "def decode" in run("compile", "overlap.json", "--decode-only").output
    both = run("compile", "tank.json", "--decode-only", "--encode-only", status=2)
    assert "nothing to write" in both.output
    Path("wrong.json").write_text("{}", encoding="utf-8")
    assert "nce bcl lint" in run("compile", "wrong.json", status=1).output
    assert "missing.json" in run("compile", "missing.json", status=2).output


# new


def test_new_proposes_a_template_for_a_mixed_fleet(run):
    text = run("new", "fleet.jsonl", "-o", "fleet.json", "--name", "Fleet").output
    assert "4 records" in text
    document = json.loads(Path("fleet.json").read_text(encoding="utf-8"))
    assert not lint(json.dumps(document))
    template = Template(document)
    for record in FLEET:
        assert template.decode(template.encode(record)) == record
    # Byte 0 tells the kinds apart; "kind" itself is a constant and costs nothing.
    assert len(template.encode(FLEET[0])) == 1 + 2 + 4 + len("auto")
    assert {kind for _, kind in template.locations} == {"location_lat", "location_long"}


def test_integers_get_room_to_grow():
    def kind_of(values, head_room=0.25):
        design = propose([{"v": value} for value in values], head_room)
        selector = design.document["sense"][0]["value"]
        return selector["type"], selector.get("bytelength", 1)

    assert kind_of([0, 200]) == ("uint", 1)
    assert kind_of([0, 210]) == ("uint", 2)
    assert kind_of([0, 255], 0) == ("uint", 1)
    assert kind_of([-128, 5], 0) == ("int", 1)
    assert kind_of([-128, 5]) == ("int", 2)
    assert kind_of([(1 << 64) - 1]) == ("uint", 8)
    assert kind_of([26.7, 3]) == ("float", 4)
    assert kind_of([26.70001234]) == ("float", 8)
    with pytest.raises(SampleError, match="beyond 64 bits"):
        kind_of([1 << 64])


def test_text_of_several_lengths_comes_back_without_padding():
    records = [
        {"mode": mode, "note": note, "id": "00ffaa1234"}
        for mode, note in (("auto", "a"), ("off", "bc"), ("auto", "def"))
    ]
    design = propose(records)
    assert "mode is sent as one of 2 values" in design.notes[0]
    template = Template(design.document)
    payload = template.encode(records[1])
    assert payload == bytes.fromhex("00ffaa1234") + b"\x02bc"
    assert template.decode(payload) == records[1]


REFUSED = (
    ("[1]", "a JSON object"),
    ("", "no records"),
    ("{", "not JSON"),
    ('{"a": null}', "a is null"),
    ('{"a": [1]}', "no such value"),
    ('{"": 1}', "empty name"),
    ('{"a": NaN}', "no such value"),
)


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_samples_that_are_no_records_are_refused(text, reason):
    with pytest.raises(SampleError, match=reason):
        read_samples(text)


def test_a_shape_with_one_asset_of_two_types_is_refused():
    with pytest.raises(DesignError, match="several types"):
        propose([{"a": 1}, {"a": "x"}])


SCALARS = st.one_of(
    st.booleans(),
    st.integers(-(1 << 63), (1 << 63) - 1),
    st.integers(0, 300),
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
ASSETS = st.sampled_from(["a", "b", "c", "d.a", "d.lat", "d.lon"])
RECORDS = st.lists(st.dictionaries(ASSETS, SCALARS), min_size=1, max_size=6)


@given(RECORDS)
@examples(300)
def test_any_records_come_back_or_are_refused(records):
    try:
        design = propose(records)
    except (DesignError, SampleError):
        assume(False)
    severities = {finding.severity for finding in lint(json.dumps(design.document))}
    assert "error" not in severities
    template = Template(design.document)
    for record, case in zip(records, design.cases, strict=True):
        payload = template.encode(record, case=None if case is None else [case])
        assert template.decode(payload) == nested(record)


# savings


def test_the_headers_are_those_of_the_protocols():
    udp, coap, dtls = transports("test")
    assert (udp.uplink, udp.downlink) == (28, 0)
    # POST /?t=test with a token of 4 and 20 bytes of payload: 37 bytes of CoAP, 8 of answer.
    assert coap.uplink + 20 == 28 + 37
    assert coap.downlink == 28 + 8
    assert dtls.uplink - coap.uplink == dtls.downlink - coap.downlink == 29
    assert transports()[1].uplink + 20 == 28 + 29


def test_every_format_carries_the_same_record():
    template = Template(TANK)
    report = weigh(template, read_samples('{"litres": 300, "heat": 26.7}'))
    record = {"kind": "tank", "litres": 300, "heat": 26.7}
    single = struct.unpack("f", struct.pack("f", 26.7))[0]
    assert report.sizes["bcl"] == [6]
    assert report.sizes["json"] == [len('{"kind":"tank","litres":300,"heat":26.7}')]
    wire = {**record, "heat": single}
    assert report.sizes["cbor"] == [len(cbor2.dumps(wire, canonical=True))]
    assert report.sizes["msgpack"] == [len(msgpack.packb(wire, use_single_float=True))]
    assert report.sizes["cbor"] == [1 + 5 + 5 + 7 + 3 + 5 + 5]


def test_a_year_is_counted_and_the_energy_model_is_1nces_by_the_hour():
    model = EnergyModel()
    # An hour at four messages a minute, 1 kB each: the measured line itself.
    assert 240 * model.message(1000) == pytest.approx(0.013 * 1000 + 94.084)
    report = weigh(Template(TANK), [{"litres": 1, "heat": 1.0}], 3600, 2, EnergyModel(1.0, 0.5))
    udp, _, dtls = transports()
    assert report.year("bcl", udp).data_bytes == 8760 * (28 + 6)
    assert report.year("bcl", udp).energy_wh == pytest.approx(8760 * (1 + 0.5 * 34) / 1000)
    sessions = 2 * 365 * dtls.session
    assert report.year("bcl", dtls).data_bytes == 8760 * (dtls.overhead + 6) + sessions


def test_savings_prints_a_table_and_json_and_draws(run):
    text = run("savings", "tank.json", "tank.jsonl", "--interval", "900").output
    assert "MessagePack" in text
    assert "over CoAP/DTLS" in text
    assert "0.3920 mWh" in text
    result = json.loads(run("savings", "tank.json", "tank.jsonl", "--json").output)
    assert result["formats"]["bcl"]["payload_bytes"]["mean"] == 6
    assert result["formats"]["bcl"]["transports"]["udp"]["air_bytes"] == 34
    assert "record 1: " in run("savings", "tank.json", "fleet.jsonl", status=1).output


def test_the_picture_is_svg_with_text_and_reproducible(run):
    pytest.importorskip("matplotlib", reason="the picture is drawn by matplotlib")
    for name in ("one.svg", "two.svg"):
        run("savings", "tank.json", "tank.jsonl", "--plot", name)
    picture = Path("one.svg").read_text(encoding="utf-8")
    assert ">BCL 34<" in picture
    assert picture == Path("two.svg").read_text(encoding="utf-8")
    assert (
        "out.xyz"
        in run("savings", "tank.json", "tank.jsonl", "--plot", "out.xyz", status=2).output
    )
