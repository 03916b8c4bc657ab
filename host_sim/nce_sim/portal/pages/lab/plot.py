"""The timeline of a device as a plot: radio states, signal, bytes and what happened, on one axis.

    drawn = plot(found, zone)
    chart = ui.echart(drawn, renderer="svg")
    chart.run_chart_method("setOption", change(drawn, plot(later, zone)))

Drawn as SVG, so that its colours are those of the page, also in the dark. Texts are values and
never markup: tips are drawn, not built of HTML.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from nce_sim.control.answers import DeviceTimeline
from nce_sim.portal.parts.figures import Zone

# States of the radio: what they are called, and their colours.
RADIO = {
    "unknown": ("Not recorded", "var(--shade)"),
    "off": ("Off", "var(--radio-off)"),
    "detached": ("Not attached", "var(--calm)"),
    "searching": ("Searching", "var(--radio-searching)"),
    "denied": ("Refused", "var(--bad)"),
    "idle": ("Idle", "var(--radio-idle)"),
    "connected": ("Connected", "var(--good)"),
    "asleep": ("PSM", "var(--radio-asleep)"),
}
_LEFT, _RIGHT = 68, 16
# Lanes: their names, tops and heights.
_LANES = (("radio", 44, 30), ("events", 84, 26), ("dBm", 122, 84), ("bytes", 230, 96))
HEIGHT = 400
_SOFT, _INK, _LINE = "var(--soft)", "var(--ink)", "var(--line)"
# Texts are measured before they are drawn, so that the font is named here once more.
_FAMILY = 'system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif'
_FONT = {"color": _SOFT, "fontSize": 11, "fontFamily": _FAMILY}
# A rectangle from its start to its end, within the lane.
_STRETCH = """(params, api) => {
  const lane = params.coordSys;
  const left = Math.max(api.coord([api.value(0), 0])[0], lane.x);
  const right = Math.min(api.coord([api.value(1), 0])[0], lane.x + lane.width);
  if (right <= left) return null;
  return {type: "rect", style: {fill: api.visual("color")},
    shape: {x: left, y: lane.y, width: Math.max(right - left, 1), height: lane.height}};
}"""
_NAME = "item => item.name"
_SIZE = "value => Math.abs(value)"  # what goes down is drawn downwards


def plot(found: DeviceTimeline, zone: Zone) -> dict[str, Any]:
    """The options of the chart."""
    axes = range(len(_LANES))
    return {
        "animation": False,
        "textStyle": {"fontFamily": _FAMILY, "color": _INK},
        "legend": {
            "data": [name for name, _ in RADIO.values()],
            "type": "scroll",
            "top": 4,
            "left": _LEFT - 8,
            "right": _RIGHT,
            "itemWidth": 14,
            "itemHeight": 10,
            "icon": "rect",
            "selectedMode": False,
            "textStyle": {"color": _INK, "fontSize": 12, "fontFamily": _FAMILY},
            "pageTextStyle": {"color": _SOFT},
        },
        "tooltip": {
            "renderMode": "richText",
            "backgroundColor": "#17242b",
            "borderWidth": 0,
            "textStyle": {"color": "#ffffff", "fontSize": 12, "fontFamily": _FAMILY},
            "confine": True,
        },
        "grid": [
            {"left": _LEFT, "right": _RIGHT, "top": top, "height": height}
            for _, top, height in _LANES
        ],
        "xAxis": [_time_axis(found, number) for number in axes],
        "yAxis": list(_value_axes()),
        # The part that is shown stays as the viewer has chosen it: it is not told again.
        "dataZoom": [
            {"type": "inside", "xAxisIndex": list(axes), "filterMode": "none"},
            {
                "type": "slider",
                "xAxisIndex": list(axes),
                "filterMode": "none",
                "height": 20,
                "bottom": 8,
                "left": _LEFT,
                "right": _RIGHT,
                "textStyle": _FONT,
                "borderColor": _LINE,
                "backgroundColor": "transparent",
                "fillerColor": "var(--shade)",
                "handleStyle": {"color": "var(--card)", "borderColor": "var(--calm)"},
                "moveHandleStyle": {"color": "var(--calm)", "opacity": 0.6},
                "emphasis": {"moveHandleStyle": {"color": "var(--act)"}},
                "showDataShadow": False,
                "brushSelect": False,
            },
        ],
        "series": list(_series(found, zone)),
    }


def change(drawn: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """What turns a chart into another one: the time, and the data of what has others."""
    pairs = zip(drawn["series"], now["series"], strict=True)
    return {
        "xAxis": [{"min": axis["min"], "max": axis["max"]} for axis in now["xAxis"]],
        "series": [
            {"name": one["name"], "data": one["data"]}
            for before, one in pairs
            if before["data"] != one["data"]
        ],
    }


def _time_axis(found: DeviceTimeline, number: int) -> dict[str, Any]:
    is_last = number == len(_LANES) - 1
    return {
        "type": "time",
        "gridIndex": number,
        "min": _ms(found.start),
        "max": _ms(found.end),
        "axisLine": {"show": is_last, "lineStyle": {"color": _LINE}},
        "axisTick": {"show": is_last, "lineStyle": {"color": _LINE}},
        "axisLabel": {"show": is_last, "hideOverlap": True, **_FONT},
        "splitLine": {"show": number > 1, "lineStyle": {"color": _LINE, "opacity": 0.6}},
    }


def _value_axes() -> Iterator[dict[str, Any]]:
    for number, (name, _, _) in enumerate(_LANES):
        axis: dict[str, Any] = {"gridIndex": number, "axisTick": {"show": False}}
        if number < 2:
            yield {
                **axis,
                "type": "category",
                "data": [name],
                "axisLine": {"show": False},
                "axisLabel": _FONT,
            }
            continue
        yield {
            **axis,
            "type": "value",
            "name": name,
            "nameLocation": "middle",
            "nameGap": 46,
            "nameTextStyle": _FONT,
            "splitNumber": 2,
            "axisLabel": {**_FONT, **({":formatter": _SIZE} if name == "bytes" else {})},
            "splitLine": {"lineStyle": {"color": _LINE, "opacity": 0.6}},
            **({"min": -140, "max": -60} if name == "dBm" else {}),
        }


def _series(found: DeviceTimeline, zone: Zone) -> Iterator[dict[str, Any]]:
    tip = {":formatter": _NAME}
    for state, (name, colour) in RADIO.items():
        stretches = [
            {
                "name": f"{name}, {zone.clock(one.start)} to {zone.clock(one.end)}, "
                f"{duration(one.start, one.end)}",
                "value": [_ms(one.start), _ms(one.end)],
            }
            for one in found.states
            if one.state == state
        ]
        yield {
            **_lane("custom", 0, name, stretches, colour),
            ":renderItem": _STRETCH,
            "encode": {"x": [0, 1]},
            "tooltip": tip,
        }
    for name, is_bad, symbol in (("Event", False, "circle"), ("Trouble", True, "triangle")):
        moments = [
            {"name": f"{zone.clock(one.time)}  {one.text}", "value": [_ms(one.time), 0]}
            for one in found.moments
            if one.is_bad == is_bad
        ]
        colour = "var(--bad)" if is_bad else "var(--bar)"
        yield {
            **_lane("scatter", 1, name, moments, colour),
            "symbol": symbol,
            "symbolSize": 11 if is_bad else 8,
            "tooltip": tip,
        }
    yield {
        **_lane("line", 2, "Signal", _levels(found, zone), "var(--bar)"),
        "step": "end",
        "symbolSize": 5,
        "lineStyle": {"color": "var(--bar)", "width": 2},
        "tooltip": tip,
    }
    for name, field, sign, colour in (
        ("up", "up", 1, "var(--bar)"),
        ("down", "down", -1, "var(--good)"),
        ("lost", "lost", 1, "var(--bad)"),
    ):
        slices = [
            {
                "name": f"{zone.clock(one.time)}  {getattr(one, field)} B {name}",
                "value": [_ms(one.time) + found.slice_ms // 2, sign * getattr(one, field)],
            }
            for one in found.volumes
            if getattr(one, field)
        ]
        yield {
            **_lane("bar", 3, name, slices, colour),
            "barWidth": 5,
            "barGap": "-100%",
            "tooltip": tip,
        }


def _levels(found: DeviceTimeline, zone: Zone) -> list[dict[str, Any]]:
    levels: Sequence[tuple[datetime, int | None]] = found.signal
    if levels and levels[-1][1] is not None:
        levels = [*levels, (found.end, levels[-1][1])]
    return [
        {
            "name": f"{zone.clock(time)}  " + ("no cell" if dbm is None else f"{dbm} dBm"),
            "value": [_ms(time), dbm],
        }
        for time, dbm in levels
    ]


def _lane(kind: str, number: int, name: str, data: list[Any], colour: str) -> dict[str, Any]:
    return {
        "type": kind,
        "name": name,
        "xAxisIndex": number,
        "yAxisIndex": number,
        "itemStyle": {"color": colour},
        "emphasis": {"disabled": True},
        "data": data,
    }


def duration(start: datetime, end: datetime) -> str:
    """How long something lasted, with its units."""
    seconds = (end - start).total_seconds()
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours} h {minute} min" if hours else f"{minutes} min {second} s"


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000)
