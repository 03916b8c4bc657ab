"""Dotted names and imports of documents, resolved against the code.

    resolve("nce_modem.AttachError")           # the class
    resolve("nce_modem.AttachErrer")           # LookupError: nce_modem has no AttachErrer
    for complaint in wrong_names(page): print(complaint)

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

from truth.pages import PACKAGES, ROOT, Block, Page, module_name, name_of, python_files, readable

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
        return types.SimpleNamespace(**dict.fromkeys(_bound(tree.body)))


def _bound(body: list[ast.stmt]) -> set[str]:
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
    from nce_bcl import Template
    from nce_modem import AttachError, Modem
    from nce_modem.power_saving import PowerSaving
    from nce_modem.secure import SecureSockets
    from nce_modem.sms import Sms
    from nce_sim import Backend, PipeBoard, SimCard, Typist, World
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
        "board": (board,),
        "core": (world.core,),
        "timeline": (world.timeline,),
        "device": (Device,),
        "outbox": (Outbox,),
        "client": (CoapClient,),
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
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
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
                found.setdefault(name, set()).add(module_name(path))
    return {name: tuple(sorted(modules)) for name, modules in found.items()}


def wrong_words(text: str, page: Page) -> list[str]:
    """Names by themselves: of a class, by its humps, and what is called."""
    code = _code_in(text)
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


def wrong_names(page: Page) -> list[str]:
    """Complaints, each with file and line, on names in back-ticks, examples and plain blocks."""
    found = []
    uses: _Uses | None = None
    for tick in page.ticks:
        for dotted in DOTTED.findall(_code_in(tick.text)):
            if complaint := wrong_name(dotted, page):
                found.append(f"{tick.where}: `{dotted}`: {complaint}")
        for complaint in wrong_words(tick.text, page):
            found.append(f"{tick.where}: `{tick.text}`: {complaint}")
    for block in page.blocks:
        if block.language == "python":
            # The examples of one docstring go on, as those that say so on a page.
            uses = _Uses(page, uses if page.module or block.continues else None)
            found += uses.of(block)
        elif block.language == "":
            made = set(re.findall(r"^\s*(\w+) = ", block.text, re.M))
            for number, line in enumerate(block.text.splitlines()):
                for dotted in DOTTED.findall(_code_in(line)):
                    if dotted.partition(".")[0] in made:
                        continue
                    if complaint := wrong_name(dotted, page):
                        where = f"{name_of(page.path)}:{block.line + number}"
                        found.append(f"{where}: `{dotted}`: {complaint}")
    return found


def _code_in(text: str) -> str:
    """Without what stands in quotes and what is a host's name or an address."""
    text = re.sub(r"\"[^\"]*\"|'[^']*'|\w+://\S+", " ", text)
    return re.sub(r"\b[\w-]+\.(?:os\.)?1nce\.(?:com|net)\b", " ", text)


class _Uses(ast.NodeVisitor):
    """Imports, members of what an example makes, keywords of its calls; complaints on them."""

    def __init__(self, page: Page, earlier: _Uses | None = None) -> None:
        self.page = page
        self.block = page.blocks[0]
        self.known: dict[str, object] = dict(earlier.known) if earlier else {}
        self.bound: set[str] = set(earlier.bound) if earlier else set()
        self.complaints: list[str] = []

    def of(self, block: Block) -> list[str]:
        self.block = block
        try:
            tree = ast.parse(readable(block.text))
        except SyntaxError as error:
            line = block.line + (error.lineno or 1) - 1
            return [f"{name_of(block.path)}:{line}: not Python: {error.msg}"]
        self.bound |= _bound(tree.body)
        for node in ast.walk(tree):
            if isinstance(node, ast.arg):
                self.bound.add(node.arg)
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self.bound.add(node.name)
        self.visit(tree)
        return self.complaints

    def complain(self, node: ast.AST, text: str) -> None:
        line = self.block.line + getattr(node, "lineno", 1) - 1
        self.complaints.append(f"{name_of(self.block.path)}:{line}: {text}")

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            first = alias.name.partition(".")[0]
            try:
                whole = resolve(alias.name) if first in PACKAGES else UNKNOWN
            except LookupError as error:
                self.complain(node, f"import {alias.name}: {error}")
                continue
            if alias.asname:
                self.known[alias.asname] = whole
            elif first in PACKAGES:
                self.known[first] = module_of(first)
            self.bound.add(alias.asname or first)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        for alias in node.names:
            self.bound.add(alias.asname or alias.name)
            if module.partition(".")[0] not in PACKAGES:
                continue
            try:
                self.known[alias.asname or alias.name] = resolve(f"{module}.{alias.name}")
            except LookupError as error:
                self.complain(node, f"from {module} import {alias.name}: {error}")

    def value_of(self, node: ast.expr) -> object:
        """What an expression is, as far as can be told without running it."""
        if isinstance(node, ast.Await):
            return UNKNOWN
        if isinstance(node, ast.Name):
            if node.id in self.known:
                return self.known[node.id]
            if node.id in self.bound or not self.page.module:
                return UNKNOWN
            try:
                return resolve(f"{self.page.module}.{node.id}")
            except LookupError:
                return UNKNOWN
        if isinstance(node, ast.Attribute):
            owner = self.value_of(node.value)
            try:
                return member(owner, node.attr, ast.unparse(node.value))
            except LookupError:
                return UNKNOWN
        if isinstance(node, ast.Call):
            called = self.value_of(node.func)
            return _Instance(called) if isinstance(called, type) else UNKNOWN
        return UNKNOWN

    def visit_Assign(self, node: ast.Assign) -> None:
        for target in node.targets:
            if isinstance(target, ast.Name):
                self.known[target.id] = self.value_of(node.value)
        self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        owner = self.value_of(node.value)
        said = ast.unparse(node.value)
        try:
            if isinstance(owner, _Instance):
                member(owner.kind, node.attr, said)
            elif isinstance(owner, types.ModuleType | type):
                member(owner, node.attr, said)
        except LookupError as error:
            self.complain(node, str(error))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if isinstance(node.func, ast.Name):
            name = node.func.id
            if self.page.module and not (
                name in self.bound
                or name in self.known
                or hasattr(builtins, name)
                or name in NEUTRAL
                or self.value_of(node.func) is not UNKNOWN
                or self._exported(name)
            ):
                self.complain(node, f"{name} is no name of {self.page.module} nor imported")
        called = self.value_of(node.func)
        if isinstance(node.func, ast.Attribute):
            owner = self.value_of(node.func.value)
            if isinstance(owner, _Instance):
                called = inspect.getattr_static(owner.kind, node.func.attr, UNKNOWN)
        self._check_keywords(node, called)
        self.generic_visit(node)

    def _exported(self, name: str) -> bool:
        """A name that the package of the docstring exports, or a module of its room has."""
        for home in home_of(self.page):
            try:
                resolve(f"{home}.{name}")
            except LookupError:
                continue
            return True
        return any(hasattr(module_of(top), name) for top in TOPS)

    def _check_keywords(self, node: ast.Call, called: object) -> None:
        if isinstance(called, classmethod | staticmethod):
            called = called.__func__
        if called is UNKNOWN or not callable(called):
            return
        try:
            parameters = inspect.signature(called).parameters.values()
        except (TypeError, ValueError):
            return
        if any(each.kind is each.VAR_KEYWORD for each in parameters):
            return
        names = {each.name for each in parameters}
        for keyword in node.keywords:
            if keyword.arg and keyword.arg not in names:
                self.complain(node, f"{ast.unparse(node.func)} takes no {keyword.arg}=")


class _Instance:
    def __init__(self, kind: type) -> None:
        self.kind = kind


# What an example may call without saying where it is from: the caller's own.
NEUTRAL = frozenset({"handler", "Path"})
# Where users import from, so that an example may leave it out.
TOPS = ("nce", "nce_bcl", "nce_modem", "nce_sim")
