"""What a board gets of the modem driver: every module but those that need a computer."""

import ast
import json
from pathlib import Path

MODEM = Path(__file__).parents[2] / "modem"

# It speaks pyserial.
OF_THE_HOST = ("nce_modem/serial_board.py", "nce_modem/tls_openssl.py")


def modules():
    return sorted(str(path.relative_to(MODEM)) for path in (MODEM / "nce_modem").rglob("*.py"))


def test_the_mip_package_lists_every_module_of_the_board():
    package = json.loads((MODEM / "package.json").read_text(encoding="utf-8"))
    wanted = [name for name in modules() if name not in OF_THE_HOST]
    assert package["urls"] == [[name, name] for name in wanted]
    assert package["deps"] == []


def test_the_manifest_freezes_the_whole_package():
    frozen = []
    names = {"package": frozen.append}  # no `metadata`: see the next test
    exec(
        compile((MODEM / "manifest.py").read_text(encoding="utf-8"), "manifest.py", "exec"), names
    )
    assert frozen == ["nce_modem"]


def test_the_manifests_go_together_in_one():
    """One file that includes them all may say `metadata` once, MicroPython's reader has it so."""
    frozen = []
    for folder in ("bcl", "modem", "sdk"):
        source = (MODEM.parent / folder / "manifest.py").read_text(encoding="utf-8")
        exec(
            compile(source, "manifest.py", "exec"),
            {"package": lambda name, **_: frozen.append(name)},
        )
    assert frozen == ["nce_bcl", "nce_modem", "nce"]


def test_no_module_of_the_board_needs_one_of_the_host():
    left_out = {name[:-3].replace("/", ".") for name in OF_THE_HOST}
    for name in modules():
        if name in OF_THE_HOST:
            continue
        for node in ast.walk(ast.parse((MODEM / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in left_out, name


def test_no_branch_depends_on_the_name_of_a_family():
    for name in modules():
        tree = ast.parse((MODEM / name).read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            asked = []
            if isinstance(node, ast.Compare):
                asked = [node.left, *node.comparators]
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                asked = [node.func.value]
            shown = [ast.unparse(one) for one in asked]
            assert not [one for one in shown if one.endswith("profile.name")], (name, shown)
