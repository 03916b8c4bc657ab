"""The playground's page: what it asks of the codec, and that MicroPython in a browser answers."""

import json
import shutil
import subprocess

import pytest

from hub.playground import EXAMPLES, HERE, SCRIPT, write_interpreter
from hub.playground.judge import bytes_of, indented, judge, order_of, pack
from support.wasm import micropython_wasm
from truth.pages import ROOT


def template(name):
    return (HERE / "examples" / f"{name}.json").read_text()


def test_a_payload_is_explained_with_its_record():
    told = json.loads(judge(template("battery"), "63 ff:d8"))
    assert told["findings"] == []
    assert told["payload"] == "63ffd8"
    assert json.loads(told["record"]) == {"battery": 99, "air": {"heat": -40}}
    assert [(row["start"], row["end"], row["asset"], row["value"]) for row in told["rows"]] == [
        (0, 1, "battery", "99"),
        (1, 3, "air.heat", "-40"),
    ]
    assert told["json_bytes"] == len('{"battery":99,"air":{"heat":-40}}')


def test_a_record_becomes_a_payload_or_an_error():
    assert json.loads(pack(template("battery"), '{"battery": 7, "air.heat": 1}')) == {
        "payload": "070001"
    }
    assert (
        "battery"
        in json.loads(pack(template("battery"), '{"battery": 256, "air.heat": 1}'))["error"]
    )
    assert "no JSON" in json.loads(pack(template("battery"), "{"))["error"]
    assert "not a list" in json.loads(pack(template("battery"), "[1]"))["error"]
    assert json.loads(pack("{", "{}"))["error"]


@pytest.mark.parametrize(
    ("digits", "complaint"),
    [
        ("abc", "half a byte"),
        ("zz", "digit 1"),
        ("00" * 4097, "4096 bytes"),
        ("1 2 3 x", "digit 4"),
    ],
)
def test_a_payload_that_is_none_is_told(digits, complaint):
    with pytest.raises(ValueError, match=complaint):
        bytes_of(digits)
    assert complaint in json.loads(judge(template("battery"), digits))["payload_error"]


def test_a_template_that_is_none_has_findings_and_no_rows():
    told = json.loads(judge("{", "00"))
    assert told["findings"]
    assert told["template_error"]
    assert "rows" not in told


def test_each_example_shows_what_its_name_says():
    failing = set()
    for name, file, payload in EXAMPLES:
        told = json.loads(judge(template(file), payload))
        if told["findings"] or "record" not in told:
            failing.add(name)
    assert failing == {"A payload that is too short", "A template with slips"}


def test_a_record_is_written_in_the_order_of_its_payload():
    value = {"a": {"b": [1], "c": {}}, 'q"': "x\n"}
    text = indented(value, order_of(['q"', "a.c", None, "a.b"]))
    assert json.loads(text) == value
    assert text.startswith('{\n  "q\\"": "x\\n",\n  "a": {\n    "c": {},\n    "b": [1]')


def test_without_an_interpreter_the_page_says_so(tmp_path):
    (tmp_path / SCRIPT).parent.mkdir()
    bare = tmp_path / "clone"
    (bare / "bcl/nce_bcl").mkdir(parents=True)
    assert not write_interpreter(bare, tmp_path)
    assert '"interpreter": null' in (tmp_path / SCRIPT).read_text()


# The page's own calls, in node: the interpreter and the files are those of the script it loads.
IN_NODE = """
const fs = require("fs");
globalThis.window = {};
eval(fs.readFileSync(process.argv[2], "utf8"));
const held = window.playground;
(async () => {
  // Node's loader wants files where the page has addresses of its own.
  fs.writeFileSync("micropython.mjs", held.interpreter.module);
  fs.writeFileSync("micropython.wasm", Buffer.from(held.interpreter.wasm, "base64"));
  const { loadMicroPython } = await import(process.cwd() + "/micropython.mjs");
  const micropython = await loadMicroPython({ heapsize: 1024 * 1024 });
  micropython.FS.mkdirTree("/app/nce_bcl");
  for (const [name, text] of Object.entries(held.files)) {
    micropython.FS.writeFile("/app/" + name, text);
  }
  micropython.runPython("import sys\\nsys.path.insert(0, '/app')\\nimport judge");
  const python = micropython.pyimport("judge");
  const told = held.examples.map((one) => JSON.parse(python.judge(one.template, one.payload)));
  const record = python.pack(held.examples[0].template, '{"battery": 7, "air.heat": 1}');
  console.log(JSON.stringify([told, JSON.parse(record)]));
})();
"""


@pytest.mark.slow
def test_micropython_says_in_the_page_what_python_says_here(tmp_path):
    micropython_wasm()
    (tmp_path / SCRIPT).parent.mkdir()
    assert write_interpreter(ROOT, tmp_path)
    program = tmp_path / "page.cjs"
    program.write_text(IN_NODE)
    done = subprocess.run(
        [shutil.which("node"), program, tmp_path / SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    told, record = json.loads(done.stdout)
    here = [json.loads(judge(template(file), payload)) for _, file, payload in EXAMPLES]
    assert told == here
    assert record == {"payload": "070001"}
