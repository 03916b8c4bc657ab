"""The checker itself: each kind of wrong word becomes a complaint that names file and line."""

from pathlib import Path

import pytest

from truth.claims import wrong_claims
from truth.commands import run_shell
from truth.pages import ROOT, docstrings_of, page_of
from truth.stage import ExampleFailed, Stage, chains_of
from truth.uses import wrong_names

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs/page.md"
MODULE = ROOT / "sdk/nce/example.py"


def of_page(text):
    page = page_of(PAGE, text)
    return wrong_names(page) + wrong_claims(page)


def of_docstring(text):
    source = f'"""Head.\n\n{text}\n"""\n'
    pages = docstrings_of(MODULE, source)
    return [found for page in pages for found in (*wrong_names(page), *wrong_claims(page))]


def block(text, language="python"):
    return f"# Head\n\n```{language}\n{text}```\n"


WRONG = {
    "a name": ("\nSee `nce.device.Refused`.", "docs/page.md:2: `nce.device.Refused`"),
    "a name of a package": ("`nce.Devise`", "docs/page.md:1: `nce.Devise`: nce has no Devise"),
    "a module": ("`nce_modem.links`", "docs/page.md:1: `nce_modem.links`"),
    "a member of a class": ("`nce.Outbox.putt`", "docs/page.md:1: `nce.Outbox.putt`"),
    "a class by its name alone": ("`TookTooLongg`", "nothing of ours is named TookTooLongg"),
    "a function by its name alone": (
        "`run_virtuel(main)`",
        "nothing of ours is named run_virtuel",
    ),
    "a member of a class by its name": ("`TwinBlock.claims`", "TwinBlock has no claims"),
    "a member of an object": ("`world.advanse(5)`", "docs/page.md:1: `world.advanse`"),
    "a member in plain text": (block("core.sent(datagram)\n", ""), "docs/page.md:4: `core.sent`"),
    "an import from a module": (
        block("import os\nfrom nce.coap import CoapClient\n"),
        "docs/page.md:5: from nce.coap import CoapClient: nce.coap has no CoapClient",
    ),
    "an import of a module": (
        block("import nce_sim.clocks\n"),
        "docs/page.md:4: import nce_sim.clocks: nce_sim has no clocks",
    ),
    "a keyword": (
        block("from nce_sim import World\nWorld(seeds=1)\n"),
        "docs/page.md:5: World takes no seeds=",
    ),
    "a method": (
        block("from nce_sim import World\nworld = World(1)\nworld.add_simm()\n"),
        "docs/page.md:6: world has no add_simm",
    ),
    "no Python": (block("x = 1\nx = = 2\n"), "docs/page.md:5: not Python"),
    "a sub-command": ("\n\n`nce sim upp --sims 3`", "docs/page.md:3: `nce sim upp --sims 3`"),
    "an option": ("`nce sim up --simms 3`", "nce sim up has no option --simms"),
    "an option in a block": (
        block("nce doctor --ports X\n", "sh"),
        "docs/page.md:4: `nce doctor --ports X`: nce doctor has no option --ports",
    ),
    "an option in a console": (
        block("one\n$ nce bcl lint x.json \\\n    --rule\n", "console"),
        "docs/page.md:5: `nce bcl lint x.json --rule`: nce bcl lint has no option --rule",
    ),
    "a value of an option": ("`nce sim demo --interpreter pypy`", "it may be one of micropython"),
    "too many arguments": ("`nce sim sms 1 a b`", "nce sim sms takes 2 arguments, not 3"),
    "an option by itself": ("`--nce-targets`", "no command has --nce-targets"),
    "an option of pytest's": ("`pytest --nce-tarket=X`", "pytest has no option --nce-tarket"),
    "a target of make": (
        "`make tests`",
        "docs/page.md:1: `make tests`: the Makefile has no target",
    ),
    "a variable of make": ("`make demo INTERPRET=x`", "the Makefile has no variable INTERPRET"),
    "an extra": (block("pip install 'nce-iot[simm]'\n", "sh"), "nce-iot has no extra simm"),
    "a script": (block("python tools/houses.py\n", "sh"), "no file tools/houses.py"),
    "an option of a script": (
        block("python tests/attacks/kill_backend.py --time 5\n", "sh"),
        "docs/page.md:4",
    ),
    "a module to run": (block("python -m blueprints.cap\n", "sh"), "blueprints has no cap"),
    "a file": ("`docs/firmwares.md`", "docs/page.md:1: `docs/firmwares.md`: no file"),
    "a file's name": ("`board_support.py`", "no file board_support.py in the project"),
    "a link": ("[x](firmwares.md)", "docs/page.md:1: no file firmwares.md"),
    "a link's anchor": ("[x](firmware.md#main-loops)", "no heading for #main-loops"),
    "a fixture": ("| fixture | is |\n|---|---|\n| `wurld` | x |", "docs/page.md:3: `wurld`"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_what_is_wrong_on_a_page_is_found_with_its_line(kind):
    text, complaint = WRONG[kind]
    found = of_page(text)
    assert len(found) == 1, found
    assert complaint in found[0]
    assert found[0].startswith("docs/page.md:")


DOCSTRINGS = {
    "an import": ("    from nce.coap import Klient", "sdk/nce/example.py:3: from nce.coap import"),
    "a name": ("Text.\n\nSee `nce.Devise`.", "sdk/nce/example.py:5: `nce.Devise`"),
    "a call at the margin": ("send_all(1)", "sdk/nce/example.py:3: send_all is no name of"),
    "a call of nothing": ("    send_all(1)", "sdk/nce/example.py:3: send_all is no name of"),
    "a member": (
        "    from nce import Outbox\n\n    box = Outbox(f)\n    box.putt(1)",
        "sdk/nce/example.py:6: box has no putt",
    ),
    "a command": ("    nce sim upp      starts one", "sdk/nce/example.py:3: `nce sim upp`"),
}


@pytest.mark.parametrize("kind", DOCSTRINGS)
def test_what_is_wrong_in_a_docstring_is_found_with_its_line(kind):
    text, complaint = DOCSTRINGS[kind]
    found = of_docstring(text)
    assert len(found) == 1, found
    assert found[0].startswith(complaint)


RIGHT = (
    "`nce.device.Device`, `nce.Device.send`, `nce_modem.at.lines`, `nce_modem.seams`",
    "`nce.dtls.native`, `world.timeline.records(kind='fault')`, `coap.os.1nce.com`, `error.step`",
    "`nce sim up --sims 3 --db world.db`, `nce --help`, `nce sim status`, `make demo`, `--json`",
    "`docs/testing.md`, `tests/`, `build/anything`, `README.md`, [x](firmware.md#a-main-loop)",
    block("from nce.device import Device\nfrom nce_sim import World\nWorld(seed=1).add_sim()\n"),
)


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_not_complained_of(text):
    assert of_page(text) == []


def play(text, tmp_path):
    page = page_of(Path("page.md"), text)
    for chain in chains_of(page):
        with Stage(tmp_path) as stage:
            try:
                stage.play(chain)
            except ExampleFailed as error:
                return str(error)
    return None


def test_an_example_that_raises_fails_with_its_line(tmp_path):
    text = block("from nce import Device\n\n\ndef go():\n    Device(1).x\n\n\ngo()\n")
    found = play(text, tmp_path)
    assert found.startswith("page.md:8: AttributeError: 'Device' object has no attribute 'x'")


def test_an_example_with_a_missing_import_fails(tmp_path):
    found = play(block("x = 1\nworld = World(seed=1)\n"), tmp_path)
    assert found == "page.md:5: NameError: name 'World' is not defined"


def test_an_example_does_not_know_the_block_before_it_unless_it_says_so(tmp_path):
    before, after = block("x = 1\n"), "print(x)\n"
    assert play(before + block("# continues\n" + after), tmp_path) is None
    assert "NameError" in play(before + block(after), tmp_path)


def test_nothing_can_be_continued_where_nothing_is(tmp_path):
    page = page_of(Path("page.md"), block("# continues\nx = 1\n"))
    with pytest.raises(ValueError, match=r"page.md:4: there is no block before it"):
        chains_of(page)


ENDLESS = """import asyncio


async def main():
    while True:
        await asyncio.sleep(60)
        %s


asyncio.run(main())
"""


def test_a_program_without_an_end_is_ended_and_one_that_fails_later_fails(tmp_path):
    assert play(block(ENDLESS % "pass"), tmp_path) is None
    assert play(block(ENDLESS % "1 / 0"), tmp_path).startswith("page.md:10: ZeroDivisionError")


def test_a_command_that_fails_is_told_apart(tmp_path):
    assert run_shell("true | cat", tmp_path) == (0, "")
    assert run_shell("false | cat", tmp_path) == (1, "")
    assert run_shell("nce sim upp", tmp_path)[0] == 2
