"""docs/control.md lists every verb with its parameters, as the table of verbs has them."""

from nce_sim.control.parameters import REQUIRED
from nce_sim.control.verbs import VERBS
from nce_sim.firmware.tree import SOURCE_ROOT

PAGE = SOURCE_ROOT / "docs" / "control.md"


def row(name, verb):
    parameters = ", ".join(
        f"`{one}`" if parameter.default is REQUIRED else f"[`{one}`]"
        for one, parameter in verb.parameters.items()
    )
    return f"| `{name}` | {parameters} | {verb.summary.removesuffix('.')} |"


def test_the_page_has_a_row_for_each_verb():
    text = PAGE.read_text(encoding="utf-8")
    rows = [line for line in text.partition("\n## Verbs\n")[2].splitlines() if line[:3] == "| `"]
    expected = [row(name, verb) for name, verb in VERBS.items()]
    assert rows[: len(expected)] == expected
    assert rows[len(expected)].startswith("| `error` |")
