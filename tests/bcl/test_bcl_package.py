"""The packages for boards hold the codec alone."""

import ast
import json
import pathlib

from support.untyped import untyped

ROOT = pathlib.Path(__file__).parents[2] / "bcl"


def needed_modules():
    """What `import nce_bcl` can load, early or late: the codec, without the tools of the host."""
    needed = set()
    pending = ["__init__"]
    while pending:
        name = pending.pop()
        if name in needed:
            continue
        needed.add(name)
        source = (ROOT / "nce_bcl" / f"{name}.py").read_text(encoding="utf-8")
        for node in ast.walk(ast.parse(untyped(source))):
            if isinstance(node, ast.ImportFrom) and node.level == 1:
                pending.append(node.module)
    return {f"{name}.py" for name in needed}


def test_the_mip_package_is_the_codec_and_no_tool_of_the_host():
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    listed = {destination for destination, _ in package["urls"]}
    assert listed == {"nce_bcl/" + name for name in needed_modules()}
    assert all(destination == source for destination, source in package["urls"])
    assert "lint.py" not in needed_modules()


def test_the_manifest_freezes_the_same_files():
    frozen = {}
    names = {"package": lambda name, files: frozen.update({name: set(files)})}
    source = (ROOT / "manifest.py").read_text(encoding="utf-8")
    exec(compile(source, "manifest.py", "exec"), names)
    assert frozen == {"nce_bcl": needed_modules()}
