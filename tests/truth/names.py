"""Dotted names and imports of documents, resolved against the code.

    resolve("nce_modem.AttachError")           # the class
    resolve("nce_modem.AttachErrer")           # LookupError: nce_modem has no AttachErrer
    wrong_name("world.advanse", page)          # why it is wrong, or None

Known roots are our packages, the objects of the tables `INSTANCES`, the rooms of the package whose
page or docstring speaks, and the names of the module itself. A name with another root is not ours.
"""

from __future__ import annotations

import ast
import builtins
import functools
import importlib
import importlib.util
import inspect
import re
import textwrap
import types

from truth.pages import PACKAGES, ROOT, Page, module_name, python_files

DOTTED = re.compile(r"(?<![\w./\"'<@-])([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)(?![\w/@-]|\.\w)")
CAMEL = re.compile(r"(?<![\w.<+-])[A-Z][a-z0-9]+(?:[A-Z][a-z0-9]*)+\b(?![\w:<-])")
CALLED = re.compile(r"(?<![\w.+])[a-z]\w*(?=\()")
# Names of others, which stand in back-ticks by themselves: asyncio's, Espressif's, pyserial's.
OTHERS = ("CancelledError", "esp_random", "PortManager")
FILE_ENDINGS = ("py", "md", "json", "jsonl", "toml", "csv", "db", "sqlite", "pcap", "com", "txt")


@functools.cache
def module_of(name: str) -> object:
    """A module of ours; what cannot be imported here (MicroPython's alone) is read instead."""
    try:
        return importlib.import_module(name)
    except (ImportError, AttributeError):  # a module that MicroPython alone can load
        try:
            spec = importlib.util.find_spec(name)
        except ModuleNotFoundError:
            spec = None
        if spec is None or spec.origin is None:
            raise LookupError(f"no module {name}") from None
        with open(spec.origin, encoding="utf-8") as source:
            tree = ast.parse(source.read())
        return types.SimpleNamespace(**dict.fromkeys(bound_by(tree.body)))


def bound_by(body: list[ast.stmt]) -> set[str]:
    names: set[str] = set()
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        names |= {
            found.id
            for found in ast.walk(node)
            if isinstance(found, ast.Name) and isinstance(found.ctx, ast.Store)
        }
        if isinstance(node, ast.Import | ast.ImportFrom):
            names |= {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    return names


@functools.cache
def attributes_of(owner: type) -> frozenset[str]:
    """What instances of a class have: its own names, slots, annotations, and each `self.x =`."""
    names = set(dir(owner))
    for each in owner.__mro__:
        names |= set(inspect.get_annotations(each))
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(each)))
        except (OSError, TypeError):
            continue
        names |= {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == "self"
        }
    return frozenset(names)


UNKNOWN = object()  # what a member is, where only its name is known


def member(owner: object, name: str, said: str) -> object:
    """`owner.name`; LookupError where there is none."""
    if owner is UNKNOWN:
        return UNKNOWN
    if isinstance(owner, types.ModuleType):
        if owner.__name__.partition(".")[0] not in PACKAGES:
            return UNKNOWN
        try:
            return getattr(owner, name)
        except AttributeError:
            inner = f"{owner.__name__}.{name}"
            if hasattr(owner, "__path__") and importlib.util.find_spec(inner):
                return module_of(inner)
            stub = (owner.__file__ or "").removesuffix("__init__.py") + f"{name}.pyi"
            if hasattr(owner, "__path__") and (ROOT / stub).exists():
                return UNKNOWN
            raise LookupError(f"{said} has no {name}") from None
    if isinstance(owner, type):
        if name not in attributes_of(owner):
            raise LookupError(f"{said} has no {name}")
        found = inspect.getattr_static(owner, name, UNKNOWN)
        return found if isinstance(found, type) else UNKNOWN
    if isinstance(owner, property) or callable(owner):
        return UNKNOWN
    try:
        return getattr(owner, name)
    except AttributeError:
        raise LookupError(f"{said} has no {name}") from None


def resolve(dotted: str, root: object = None) -> object:
    """What a dotted name stands for, from a module, or from `root` named by its first part."""
    first, *rest = dotted.split(".")
    found = module_of(first) if root is None else root
    said = first
    for name in rest:
        found = member(found, name, said)
        said += f".{name}"
    return found


@functools.cache
def instances() -> dict[str, tuple[object, ...]]:
    """The objects that documents speak of by these names; one of each tuple has to fit."""
    from nce.coap.client import CoapClient
    from nce.coap.site import Site
    from nce.device import Device
    from nce.outbox import Outbox
    from nce_api import Client
    from nce_bcl import Template
    from nce_modem import AttachError, Modem
    from nce_modem.power_saving import PowerSaving
    from nce_modem.secure import SecureSockets
    from nce_modem.sms import Sms
    from nce_sim import Backend, PipeBoard, SimCard, Typist, World
    from nce_sim.pytest_plugin.host_boards import SimulatedBoard
    from nce_sim.storage import Storage
    from nce_sim.storage.work import Work

    world = World(seed=1)
    simulated = world.add_modem(world.add_sim())
    backend = Backend(world)
    board = PipeBoard(simulated)
    return {
        "world": (world,),
        "modem": (simulated, Modem),
        "backend": (backend,),
        "board": (board, SimulatedBoard),
        "core": (world.core,),
        "timeline": (world.timeline,),
        "device": (Device,),
        "outbox": (Outbox,),
        "client": (CoapClient, Client),
        "site": (Site,),
        "secure": (SecureSockets,),
        "sms": (Sms,),
        "power_saving": (PowerSaving,),
        "template": (Template,),
        "typist": (Typist,),
        "sim": (SimCard,),
        "sim_card": (SimCard,),
        "storage": (Storage,),
        "work": (Work,),
        "error": (AttachError,),
    }


def home_of(page: Page) -> list[str]:
    """The packages that a page may leave out in front of a name, the nearest first."""
    if page.module:
        parts = page.module.split(".")
        return [".".join(parts[:count]) for count in range(len(parts), 0, -1)]
    folder = page.name.partition("/")[0]
    return [name for name, place in PACKAGES.items() if place.partition("/")[0] == folder]


@functools.cache
def defined() -> dict[str, tuple[str, ...]]:
    """Every name that our modules define, at any depth -> the modules that do."""
    found: dict[str, set[str]] = {}
    for path in python_files():
        module = module_name(path)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: tuple[str, ...] = ()
            if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                names = (node.name,)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names = (node.id,)
            elif isinstance(node, ast.arg):
                names = (node.arg,)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names = (node.attr,)
            for name in names:
                found.setdefault(name, set()).add(module)
    return {name: tuple(sorted(modules)) for name, modules in found.items()}


def wrong_words(text: str, page: Page) -> list[str]:
    """Names by themselves: of a class, by its humps, and what is called."""
    code = code_in(text)
    words = CAMEL.findall(code) + CALLED.findall(code)
    made = {name for block in page.blocks for name in re.findall(r"\w+", block.text)}
    return [
        f"nothing of ours is named {word}"
        for word in words
        if not (word in defined() or hasattr(builtins, word) or word in made or word in OTHERS)
    ]


def wrong_name(dotted: str, page: Page) -> str | None:
    """Why a dotted name is wrong, or None when it stands for something or is not ours."""
    first = dotted.partition(".")[0]
    if dotted.rpartition(".")[2] in FILE_ENDINGS:
        return None
    complaints = []
    roots: list[object] = []
    if first in PACKAGES:
        roots.append(None)
    roots += instances().get(first, ())
    homes = home_of(page)
    if first[0].isupper():
        homes += defined().get(first, ())
    for home in homes:
        try:
            roots.append(resolve(f"{home}.{first}"))
        except LookupError:
            continue
    if page.owner:
        try:
            roots.append(resolve(f"{page.module}.{page.owner}.{first}"))
        except LookupError:
            pass
    for root in roots:
        try:
            resolve(dotted, root)
        except LookupError as error:
            complaints.append(str(error))
        else:
            return None
    return complaints[0] if complaints else None


def code_in(text: str) -> str:
    """Without what stands in quotes and what is a host's name or an address."""
    text = re.sub(r"\"[^\"]*\"|'[^']*'|\w+://\S+", " ", text)
    return re.sub(r"\b[\w-]+\.(?:os\.)?1nce\.(?:com|net)\b", " ", text)
