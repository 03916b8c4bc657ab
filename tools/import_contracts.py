"""A contract type for import-linter: a list of what may be imported, instead of what may not.

    [[tool.importlinter.contracts]]
    name = "nce imports only nce_bcl"
    type = "allowed"
    source_modules: Any = ["nce"]
    allowed_modules = ["nce_bcl"]

The standard library and the sources themselves are always allowed. All else must be named, other
people's libraries too, so that a module that nobody thought of is forbidden. A name stands for the
module and for everything below it. `exempt_modules` are sources that another contract judges.

Imports inside functions, under TYPE_CHECKING and under `if 1 - 1:` count. `__import__` and
`importlib.import_module` are calls, which an import graph does not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedContract(Contract):
    """The sources import the standard library, one another and the allowed modules."""

    type_name = "allowed"

    source_modules: Any = fields.ListField(subfield=fields.StringField())
    allowed_modules: Any = fields.ListField(subfield=fields.StringField())
    exempt_modules: Any = fields.ListField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Every import of the sources, held against the list."""
        sources, exempt = list(self.source_modules), list(self.exempt_modules or ())
        missing = [name for name in (*sources, *exempt) if name not in graph.modules]
        if missing:
            raise ValueError(f"{self.name}: the contract names {missing}, which do not exist")
        fine = {*sources, *self.allowed_modules, *sys.stdlib_module_names}
        refused = [
            (importer, imported, line)
            for importer in sorted(graph.modules)
            if _is_covered(importer, sources) and not _is_covered(importer, exempt)
            for imported, line in _imports(graph, importer)
            if not _is_covered(imported, fine)
        ]
        return ContractCheck(kept=not refused, metadata={"refused": refused})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that the list does not hold."""
        for importer, imported, line in check.metadata["refused"]:
            output.print_error(f"- {importer} -> {imported} (l.{line})", bold=False)
        allowed = ", ".join(self.allowed_modules) or "nothing"
        output.print(f"Besides the standard library it may import {allowed}.")
        output.new_line()


def _is_covered(module: str, names: Iterable[str]) -> bool:
    """True when one of the names is the module, or a package that it lies in."""
    parts = module.split(".")
    above = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return not above.isdisjoint(names)


def _imports(graph: ImportGraph, importer: str) -> Iterator[tuple[str, int]]:
    """Each module that `importer` imports, and the line."""
    for imported in sorted(graph.find_modules_directly_imported_by(importer)):
        for detail in graph.get_import_details(importer=importer, imported=imported):
            yield _as_written(detail, imported), detail["line_number"]


def _as_written(detail: Any, imported: str) -> str:
    """The module that the line names: of a stub (`nce.seams`) the graph holds only the package."""
    words = detail["line_contents"].split()
    is_below = words[0] == "from" and words[1].startswith(f"{imported}.")
    return str(words[1]) if is_below else imported
