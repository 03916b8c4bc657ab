"""An index of packages for `mip`, in micropython-lib's format 2, as a folder for any web server.

    published = write_index(SOURCE_ROOT, Path("build/mip"), now_s=1_700_000_000)

    index.json                          what there is
    package/6/nce-coap/latest.json      what a package of `.mpy` files of version 6 holds
    package/py/nce-coap/0.1.0.json      the same of sources, for other versions of `.mpy`
    file/3f/3f0c1a2b                    a file, by the first digits of its SHA-256

A version that was published stays as it is; later versions go into the same folder, beside it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nce_sim.firmware.mip_imports import Module, portable_modules
from nce_sim.firmware.mip_packages import Package, mistakes, packages
from nce_sim.firmware.tree import PACKAGE_LIST, PACKAGE_ROOTS, compile_tree

INDEX_FORMAT = 2
PACKAGE_FORMAT = 1
DIGITS = 8
SOURCES = "py"
LATEST = "latest"


class IndexFailed(RuntimeError):
    """The index cannot be written; the message says why and what to try."""


@dataclass(frozen=True)
class Published:
    """One package of the index: `files` and `mpy_bytes` are its own, without its dependencies."""

    name: str
    version: str
    about: str
    files: int
    mpy_bytes: int
    deps: tuple[str, ...]


def write_index(source_root: Path, output: Path, now_s: int) -> list[Published]:
    """Write all packages of `source_root` into the folder `output`.

    Raises IndexFailed, or TreeFailed when a module does not compile. Nothing is changed before all
    of it is known to fit.
    """
    modules = portable_modules(source_root)
    if told := mistakes(modules):
        raise IndexFailed("the table of slices does not fit the sources:\n" + "\n".join(told))
    version = version_of(source_root)
    with tempfile.TemporaryDirectory(prefix="nce-mip-") as folder:
        compile_tree(source_root, Path(folder), board=None)
        compiled = {
            name: (Path(folder) / module.path.with_suffix(".mpy")).read_bytes()
            for name, module in modules.items()
        }
    mpy = str(compiled["nce"][1])  # the second byte of the header is the format's version
    texts = {name: module.source.read_bytes() for name, module in modules.items()}
    every = packages(modules)
    files: dict[str, bytes] = {}
    lists: dict[Path, dict[str, Any]] = {}
    for kind, suffix, contents in ((mpy, ".mpy", compiled), (SOURCES, ".py", texts)):
        for package in every:
            listed = _listed(package, modules, contents, suffix, version, files)
            lists[Path(kind, package.name, f"{version}.json")] = listed
            lists[Path(kind, package.name, f"{LATEST}.json")] = listed
    _check_kept(output, lists, version)
    for digest, data in files.items():
        _write(output / "file" / digest[:2] / digest, data)
    for path, listed in lists.items():
        _write(output / "package" / path, _json(listed))
    _write(output / "index.json", _json(_index(output, every, version, (mpy, SOURCES), now_s)))
    return [
        Published(
            package.name,
            version,
            package.about,
            len(package.files),
            sum(len(compiled[name]) for name in package.files),
            package.deps,
        )
        for package in every
    ]


def version_of(source_root: Path) -> str:
    """The one version of all packages, from their lists; IndexFailed when they differ."""
    versions = {
        root: json.loads((source_root / root / PACKAGE_LIST).read_text(encoding="utf-8"))[
            "version"
        ]
        for root in PACKAGE_ROOTS
    }
    if len(set(versions.values())) != 1:
        told = ", ".join(f"{root}/{PACKAGE_LIST} {one}" for root, one in versions.items())
        raise IndexFailed(f"the packages have different versions: {told}; give them one")
    return str(versions[PACKAGE_ROOTS[0]])


def _listed(
    package: Package,
    modules: Mapping[str, Module],
    contents: Mapping[str, bytes],
    suffix: str,
    version: str,
    files: dict[str, bytes],
) -> dict[str, Any]:
    """What `mip` reads of a package; its files are added to `files`."""
    hashes = []
    for name in package.files:
        data = contents[name]
        digest = hashlib.sha256(data).hexdigest()[:DIGITS]
        if files.setdefault(digest, data) != data:
            raise IndexFailed(f"two files have the hash {digest}; take more than {DIGITS} digits")
        hashes.append([modules[name].path.with_suffix(suffix).as_posix(), digest])
    deps = [[one, version] for one in package.deps]
    return {"v": PACKAGE_FORMAT, "hashes": hashes, "deps": deps, "version": version}


def _check_kept(output: Path, lists: Mapping[Path, dict[str, Any]], version: str) -> None:
    """IndexFailed when this version was published with other contents."""
    for path, listed in lists.items():
        kept = output / "package" / path
        if path.stem != LATEST and kept.exists() and kept.read_bytes() != _json(listed):
            lists_of_all = ", ".join(f"{root}/{PACKAGE_LIST}" for root in PACKAGE_ROOTS)
            raise IndexFailed(
                f"{output} has version {version} of {path.parts[1]} with other contents; raise "
                f"the version in {lists_of_all}, or remove {output} if nobody installs from it"
            )


def _index(
    output: Path, every: list[Package], version: str, kinds: tuple[str, ...], now_s: int
) -> dict[str, Any]:
    """The index with what earlier versions are there already."""
    path = output / "index.json"
    kept: dict[str, Any] = {}
    if path.exists():
        try:
            kept = {one["name"]: one for one in json.loads(path.read_text())["packages"]}
        except (ValueError, KeyError, TypeError) as error:
            raise IndexFailed(
                f"{path} is no index of mip ({error}); name another folder"
            ) from error
    for package in every:
        versions = kept.get(package.name, {}).get("versions", {})
        for kind in kinds:
            known = versions.setdefault(kind, [])
            known += [version] if version not in known else []
        kept[package.name] = {
            "name": package.name,
            "version": version,
            "author": "",
            "description": package.about,
            "license": "MIT",
            "versions": versions,
            "path": "",
        }
    named = [kept[name] for name in sorted(kept)]
    return {"v": INDEX_FORMAT, "updated": now_s, "packages": named}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode() + b"\n"


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
