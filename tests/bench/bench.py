"""Everything that is measured, in one table.

    python tests/bench/bench.py [--json FILE] [--only WORD ...] [--list]

Each module beside this one that has `rows() -> list of (name, value, unit, note)` adds its rows;
one that takes minutes says meanwhile how it stands. Ctrl-C ends it, with what is measured by then.
Speeds are ratios within one run or counts of instructions; sizes are bytes on the air, in flash or
on the heap. Nothing here is asserted: budgets stand in the tests.
"""

import argparse
import importlib
import json
import logging
import platform
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STOPPED = 130  # as shells have it: 128 and SIGINT's number


def benches(only):
    """The modules with rows, in the order of their names."""
    names = sorted(path.stem for path in HERE.glob("*.py") if path.stem != "bench")
    wanted = [name for name in names if not only or any(word in name for word in only)]
    modules = [importlib.import_module(name) for name in wanted]
    return [module for module in modules if hasattr(module, "rows")]


def shown(value):
    """A number for a reader; a text, such as "skipped", as it is."""
    if isinstance(value, str):
        return value
    return f"{value:.2f}" if isinstance(value, float) else f"{value:,}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", type=Path, help="write the rows to this file as well")
    parser.add_argument("--only", nargs="*", default=[], help="benches whose name holds a word")
    parser.add_argument(
        "--list", action="store_true", help="name the benches, and measure nothing"
    )
    arguments = parser.parse_args()
    sys.path[:0] = [
        str(HERE),
        *(
            str(ROOT / part)
            for part in (
                "tests",
                "tests/portable",
                "tests/boards",
                "tools",
                "firmware",
                "boards/unix",
            )
        ),
    ]
    found = benches(arguments.only)
    if not found:
        parser.error(f"no bench has {' or '.join(arguments.only)} in its name; --list names them")
    if arguments.list:
        print("\n".join(bench.__name__ for bench in found))
        return
    console = Console(width=None if sys.stdout.isatty() else 120)
    table = Table(title=f"nce-iot on {platform.python_implementation()} {platform.machine()}")
    for heading, justify in (("what", "left"), ("value", "right"), ("unit", "left"), ("", "left")):
        table.add_column(heading, justify=justify)
    results = []
    try:
        for bench in found:
            console.print(f"measuring {bench.__name__} ...", style="dim")
            table.add_section()
            for what, value, unit, note in bench.rows():
                table.add_row(what, shown(value), unit, note)
                row = {"what": what, "value": value, "unit": unit, "note": note}
                results.append({"bench": bench.__name__, **row})
    except KeyboardInterrupt:
        # A terminal's Ctrl-C ends Playwright's driver as well, and asyncio would complain of it.
        logging.getLogger("asyncio").disabled = True
        console.print(table)
        console.print(f"stopped in {bench.__name__}; nothing is written")
        sys.exit(STOPPED)
    console.print(table)
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps({"rows": results}, indent=1) + "\n")
        console.print(f"{arguments.json} written")


if __name__ == "__main__":
    main()
