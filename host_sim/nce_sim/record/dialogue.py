"""An AT dialogue as a picture: two lines of life, an arrow for each line that was said.

    svg = dialogue_picture([(1200, "> AT+CSQ"), (1215, "< +CSQ: 23,99"), (1215, "< OK")])

`>` is from the board, `<` from the modem. The last `MOST_LINES` are shown. Secrets must be masked
before.
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.record.svg import FAINT, INK, LINE, Svg

WIDTH = 1000
BOARD_X, MODEM_X = 190, 900
ROW = 19
MOST_LINES = 80
LONGEST = 92  # characters of a line
PAUSE_MS = 1_000
TO_MODEM, FROM_MODEM, BAD = "#4c6a92", "#2f9e6e", "#cf3e4a"


def dialogue_picture(lines: Sequence[tuple[int | None, str]]) -> str:
    """The picture as an SVG element; times are in milliseconds, None where unknown."""
    svg = Svg(WIDTH)
    shown = lines[-MOST_LINES:]
    y = 40.0
    last_ms: int | None = None
    drawn: list[tuple[float, int | None, str]] = []
    pauses: list[tuple[float, int]] = []
    for at_ms, text in shown:
        if at_ms is not None and last_ms is not None and at_ms - last_ms >= PAUSE_MS:
            pauses.append((y, at_ms - last_ms))
            y += ROW
        drawn.append((y, at_ms, text))
        last_ms = at_ms
        y += ROW
    for x, name in ((BOARD_X, "board"), (MODEM_X, "modem")):
        svg.text(x, 16, name, anchor="middle", size=12)
        svg.line((x, 22), (x, y - 4), stroke=FAINT)
    left_out = len(lines) - len(shown)
    if left_out:
        svg.text(8, 16, f"{left_out} lines before", fill=FAINT, size=10)
    for at_y, pause_ms in pauses:
        svg.line((BOARD_X + 8, at_y - 4), (MODEM_X - 8, at_y - 4), stroke=LINE, dashes="2 4")
        text = f"{pause_ms / 1000:g} s later"
        svg.text((BOARD_X + MODEM_X) / 2, at_y - 7, text, anchor="middle", size=9, fill=FAINT)
    for at_y, at_ms, text in drawn:
        _arrow(svg, at_y, at_ms, text)
    return svg.markup(y + 4, "AT dialogue")


def _arrow(svg: Svg, y: float, at_ms: int | None, text: str) -> None:
    if at_ms is not None:
        svg.text(BOARD_X - 70, y, f"{at_ms / 1000:.3f} s", anchor="end", fill=FAINT, size=10)
    mark, said = text[:2].strip(), text[2:]
    cut = said if len(said) <= LONGEST else said[: LONGEST - 1] + "\u2026"
    is_bad = mark == "<" and ("ERROR" in said or "NO CARRIER" in said)
    stroke = BAD if is_bad else TO_MODEM if mark == ">" else FROM_MODEM
    start, end = (BOARD_X, MODEM_X) if mark == ">" else (MODEM_X, BOARD_X)
    back = -7 if end > start else 7
    svg.line((start, y + 3), (end, y + 3), stroke=stroke)
    svg.triangle([(end, y + 3), (end + back, y), (end + back, y + 6)], fill=stroke)
    anchor_x = BOARD_X + 12 if mark == ">" else MODEM_X - 12
    svg.text(
        anchor_x, y, cut, anchor="start" if mark == ">" else "end", fill=BAD if is_bad else INK
    )
