"""The import contracts of pyproject.toml: each refuses an import that it does not allow.

The tree is copied, what one contract forbids is written into the copy, and lint-imports judges it
as `make check` does. It must name each of these imports, and break that contract alone.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
TREES = ("sdk", "bcl", "modem", "boards", "firmware", "host_sim", "tools")
IMPORT_ROOTS = ("sdk", "bcl", "modem", "host_sim")
TIMEOUT_S = 60

BCL = "nce_bcl imports nothing of ours"
MODEM = "nce_modem imports nothing of ours"
API = "nce_api imports nothing of ours"
SDK = "nce imports only nce_bcl"
APART = "CoAP does not know DTLS, nor DTLS CoAP"
LWM2M = "LwM2M imports only CoAP"
DTLS = "only the device builds DTLS sessions"
CODECS = "the pure codecs of CoAP import only one another"
BOARDS = "boards import only nce_modem"
FIRMWARE = "firmware imports only the portable packages and its board"
SIMULATOR = "the simulator never reuses the driver or the client's state machines"
PAGES = "the portal speaks HTTP and imports no service"
PLUGIN = "the pytest plugin imports no command"
FLOORS = "the simulator's floors: no arrow points up"

# Contract, the file that grows by a line, the line, and what lint-imports says of it. A file that
# is not there is made: a new module is inside its wall from the first day.
FORBIDDEN = [
    (BCL, "bcl/nce_bcl/pack.py", "import nce", "nce_bcl.pack -> nce "),
    (BCL, "bcl/nce_bcl/pack.py", "from nce_modem import Modem", "nce_bcl.pack -> nce_modem "),
    (BCL, "bcl/nce_bcl/fresh.py", "import cbor2", "nce_bcl.fresh -> cbor2 "),
    (MODEM, "modem/nce_modem/link.py", "import nce_bcl", "nce_modem.link -> nce_bcl "),
    (MODEM, "modem/nce_modem/link.py", "import board", "nce_modem.link -> board "),
    (API, "host_sim/nce_api/masking.py", "import nce_sim", "nce_api.masking -> nce_sim "),
    (API, "host_sim/nce_api/models/fresh.py", "import nce", "nce_api.models.fresh -> nce "),
    (API, "host_sim/nce_api/fresh.py", "import sqlalchemy", "nce_api.fresh -> sqlalchemy "),
    (SDK, "sdk/nce/outbox.py", "import nce_modem", "nce.outbox -> nce_modem "),
    (SDK, "sdk/nce/fresh.py", "from nce_api import Sim", "nce.fresh -> nce_api "),
    (APART, "sdk/nce/coap/mid.py", "import nce.device", "nce.coap.mid -> nce.device "),
    (APART, "sdk/nce/dtls/record.py", "import nce.coap.mid", "nce.dtls.record -> nce.coap.mid "),
    (LWM2M, "sdk/nce/lwm2m/path.py", "import nce.device", "nce.lwm2m.path -> nce.device "),
    (DTLS, "sdk/nce/fresh.py", "import nce.dtls.record", "nce.fresh -> nce.dtls.record "),
    (CODECS, "sdk/nce/coap/codes.py", "import nce.energy_saver", "codes -> nce.energy_saver "),
    (BOARDS, "boards/unix/board.py", "import nce", "boards.unix.board -> nce "),
    (BOARDS, "boards/serial/board.py", "import nce_bcl", "boards.serial.board -> nce_bcl "),
    (FIRMWARE, "firmware/gps_track.py", "import nce_sim", "firmware.gps_track -> nce_sim "),
    (
        FIRMWARE,
        "firmware/blueprints/fresh.py",
        "from blocking_line import BlockingLine",
        "firmware.blueprints.fresh -> blocking_line ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/wire/dns.py",
        "import nce.authenticate",
        "nce_sim.wire.dns -> nce.authenticate ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/wire/dns.py",
        "from nce import Device",
        "nce_sim.wire.dns -> nce ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/wire/dns.py",
        "from nce_api.client import Client",
        "nce_sim.wire.dns -> nce_api.client ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/wire/lwm2m/tlv.py",
        "import nce.lwm2m.tlv",
        "nce_sim.wire.lwm2m.tlv -> nce.lwm2m.tlv ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/modem/core.py",
        "import nce_modem.at.lines",
        "nce_sim.modem.core -> nce_modem.at.lines ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/backend.py",
        "def late():\n    from nce.seams import Bearer",
        "nce_sim.backend -> nce.seams ",
    ),
    (
        SIMULATOR,
        "host_sim/nce_sim/endpoints/coap/fresh.py",
        "import nce.coap.fresh",
        "nce_sim.endpoints.coap.fresh -> nce.coap.fresh ",
    ),
    (
        PAGES,
        "host_sim/nce_sim/portal/frame.py",
        "import nce_sim.account.access.service",
        "nce_sim.portal.frame -> nce_sim.account.access.service ",
    ),
    (
        PAGES,
        "host_sim/nce_sim/portal/fresh.py",
        "from nce_sim.backend import Backend",
        "nce_sim.portal.fresh -> nce_sim.backend ",
    ),
    (
        PLUGIN,
        "host_sim/nce_sim/pytest_plugin/target.py",
        "import nce_cli",
        "nce_sim.pytest_plugin.target -> nce_cli ",
    ),
    (
        FLOORS,
        "host_sim/nce_sim/wire/dns.py",
        "import nce_sim.backend",
        "nce_sim.wire.dns -> nce_sim.backend ",
    ),
    (FLOORS, "host_sim/nce_sim/attic.py", "", "nce_sim.attic"),
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """A copy of everything that the contracts speak of."""
    folder = tmp_path_factory.mktemp("tree")
    for name in TREES:
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "sdk/nce/coap/fresh.py").write_text('"""A module that nobody spoke of yet."""\n')
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def judged(tree):
    """What lint-imports says of the tree: (exit status, its words, {contract: kept})."""
    done = subprocess.run(
        [
            *(
                sys.executable,
                "-c",
                "from importlinter.cli import lint_imports_command as lint; lint()",
            ),
            *("--no-cache", "--no-logo"),
        ],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(tree / it) for it in IMPORT_ROOTS)},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    text = done.stdout + done.stderr
    verdicts = re.findall(r"^(.+) (KEPT|BROKEN)$", text, re.MULTILINE)
    return done.returncode, text, {name: verdict == "KEPT" for name, verdict in verdicts}


def test_the_tree_as_it_is_keeps_every_contract(tree):
    status, text, kept = judged(tree)
    assert status == 0, text
    assert all(kept.values())
    assert set(kept) == {contract for contract, *_ in FORBIDDEN}


def test_each_contract_of_the_project_is_met_here():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    names = {contract["name"] for contract in project["tool"]["importlinter"]["contracts"]}
    assert names == {contract for contract, *_ in FORBIDDEN}


@pytest.mark.parametrize("contract", sorted({contract for contract, *_ in FORBIDDEN}))
def test_imports_that_are_not_allowed_are_refused(tree, contract):
    cases = [case[1:] for case in FORBIDDEN if case[0] == contract]
    before = {
        path: path.read_text() if path.exists() else None
        for path in (tree / file for file, _, _ in cases)
    }
    for file, line, _ in cases:
        with (tree / file).open("a") as module:
            module.write(f"\n{line}\n")
    try:
        status, text, kept = judged(tree)
    finally:
        for path, content in before.items():
            if content is None:
                path.unlink()
            else:
                path.write_text(content)
    assert status == 1, text
    assert [name for name, is_kept in kept.items() if not is_kept] == [contract], text
    assert [said for _, _, said in cases if said not in text] == [], text


def test_a_contract_about_a_module_that_does_not_exist_is_an_error(tree):
    project = tree / "pyproject.toml"
    before = project.read_text()
    project.write_text(before.replace('source_modules = ["boards"]', 'source_modules = ["bords"]'))
    try:
        status, text, _ = judged(tree)
    finally:
        project.write_text(before)
    assert status == 1
    assert f"{BOARDS}: the contract names ['bords'], which do not exist" in text
