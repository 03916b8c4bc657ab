"""Lists the commands of every simulated modem with their sources, as docs/modem_commands.md.

python tools/modem_commands.py              # writes the table between the marks of the page
python tools/modem_commands.py --family bg95    # prints one family's, with its marks counted
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.modem.sources import Source

PAGE = Path(__file__).parents[1] / "docs/modem_commands.md"
BEGIN, END = "<!-- produced: begin -->", "<!-- produced: end -->"


def shown(command: str) -> str:
    """A command as it is typed."""
    return f"`AT{command}`"


def family_rows(family: str) -> list[str]:
    """One family's commands."""
    personality = PERSONALITIES[family]
    found = ((command, personality.sources[command]) for command in sorted(personality.commands))
    return [f"| {shown(command)} | {mark.value} | {where} |" for command, (mark, where) in found]


def counts() -> list[str]:
    """How many commands each family has, and by how many of each mark."""
    rows = ["| family | commands | D | S | I |", "|---|---|---|---|---|"]
    for family, personality in PERSONALITIES.items():
        marks = Counter(personality.sources[name].mark.value for name in personality.commands)
        cells = " | ".join(str(marks[mark]) for mark in "DSI")
        rows.append(f"| {family} | {len(personality.commands)} | {cells} |")
    return rows


def table() -> str:
    """Every command once for each of its sources, with the families that have it from there."""
    families: dict[tuple[str, Source], list[str]] = {}
    for family, personality in PERSONALITIES.items():
        for command in personality.commands:
            families.setdefault((command, personality.sources[command]), []).append(family)
    rows = [*counts(), "", "| command | mark | source | families |", "|---|---|---|---|"]
    for (command, source), having in sorted(families.items(), key=lambda item: item[0][0]):
        names = "all" if len(having) == len(PERSONALITIES) else ", ".join(having)
        rows.append(f"| {shown(command)} | {source.mark.value} | {source.where} | {names} |")
    return "\n".join(rows)


def replaced(page: str) -> str:
    """The page with the table of today."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main() -> None:
    """Write the page, or print one family's commands."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--family", choices=PERSONALITIES)
    family = parser.parse_args().family
    if family is not None:
        print(*family_rows(family), sep="\n")
    else:
        PAGE.write_text(replaced(PAGE.read_text()))


if __name__ == "__main__":
    main()
