"""The few elements of SVG that the pictures of a run are made of, every text escaped.

    picture = Svg(width=1000)
    picture.box(0, 0, 80, 20, fill="#cde", title="on")
    picture.text(4, 14, "on")
    picture.markup(height=40)

Characters that XML does not know are shown as a dot.
"""

from __future__ import annotations

import html

FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace"
INK, FAINT, LINE = "#1f2933", "#66727f", "#d5dbe1"


def escaped(text: object) -> str:
    """A text for SVG or HTML, as content or as the value of an attribute."""
    shown = "".join(character if character.isprintable() else "\u00b7" for character in str(text))
    return html.escape(shown)


class Svg:
    """A picture, drawn from the back to the front."""

    def __init__(self, width: int, paper: str = "#ffffff") -> None:
        self.width = width
        self._paper = paper
        self._elements: list[str] = []

    def box(
        self, x: float, y: float, width: float, height: float, *, fill: str, title: str = ""
    ) -> None:
        """A filled rectangle; `title` is what a pointer above it shows."""
        self._add(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" '
            f'height="{height:.1f}" fill="{fill}"',
            "rect",
            title,
        )

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        *,
        stroke: str = LINE,
        width: float = 1,
        dashes: str = "",
        title: str = "",
    ) -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
        self._add(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" '
            f'stroke="{stroke}" stroke-width="{width:g}"{dashed}',
            "line",
            title,
        )

    def path(self, points: list[tuple[float, float]], *, stroke: str, width: float = 1.5) -> None:
        """Lines from point to point."""
        if len(points) > 1:
            places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            self._elements.append(
                f'<polyline points="{places}" fill="none" stroke="{stroke}" '
                f'stroke-width="{width:g}"/>'
            )

    def triangle(self, points: list[tuple[float, float]], *, fill: str) -> None:
        """A filled figure, such as the head of an arrow."""
        places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        self._elements.append(f'<polygon points="{places}" fill="{fill}"/>')

    def dot(self, x: float, y: float, radius: float, *, fill: str, title: str = "") -> None:
        """A filled circle."""
        self._add(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{fill}"', "circle", title
        )

    def text(
        self,
        x: float,
        y: float,
        text: object,
        *,
        fill: str = INK,
        size: float = 11,
        anchor: str = "start",
    ) -> None:
        """A text whose baseline is at `y`."""
        self._elements.append(
            f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}" font-size="{size:g}" '
            f'text-anchor="{anchor}" xml:space="preserve">{escaped(text)}</text>'
        )

    def markup(self, height: float, label: str) -> str:
        """The picture as an element of HTML; `label` says to a screen reader what it shows."""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {height:.0f}" '
            f'width="{self.width}" height="{height:.0f}" role="img" '
            f'aria-label="{escaped(label)}" font-family="{escaped(FONT)}">'
            f'<rect width="100%" height="100%" fill="{escaped(self._paper)}"/>'
            f"{''.join(self._elements)}</svg>"
        )

    def _add(self, beginning: str, name: str, title: str) -> None:
        shown = f"><title>{escaped(title)}</title></{name}>" if title else "/>"
        self._elements.append(beginning + shown)
