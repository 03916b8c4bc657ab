"""The form of a geofence: a new one with its shape, which never changes afterwards [D]."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from nce_api.drivers import Awaited
from nce_api.groups.locator import Locator
from nce_api.models.locate import Geofence, GeofenceUpdate, NewCircle, NewPolygon
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words

_EVENTS = {"ENTER": "Enter", "EXIT": "Exit"}
_SOURCES = {"CellTower": "Cell tower", "GPS": "GPS"}
_KINDS = {"circle": "Circle", "polygon": "Polygon"}
_FIRST_RADIUS_M = 500
_DIGITS = 6  # of degrees, as in 1NCE's samples

Ask = Callable[[], Awaitable[Geofence]]


class WrongField(ValueError):
    """A field that is not filled in as it has to be; `field` shows the text."""

    def __init__(self, field: ui.element, text: str) -> None:
        super().__init__(text)
        self.field = field


async def new_fence(locator: Locator[Awaited], shape: dict[str, Any] | None) -> Geofence | None:
    """Ask for a new geofence, of a shape that was drawn or that is typed; None for none."""
    with ui.dialog().props("persistent") as dialog, ui.card():
        words("h2", "New geofence", "text-h6")
        form = _Names("", list(_EVENTS), list(_SOURCES))
        device = _field(ui.input("Device ID (ICCID), or nothing for all devices"), 20)
        typed = _Shape(shape)

        def wanted() -> NewCircle | NewPolygon:
            told = {**form.told(), **typed.told(bool(device.value))}
            told["deviceId"] = (device.value or "").strip() or None
            form_of = NewCircle if told["type"] == "circle" else NewPolygon
            try:
                return form_of.model_validate(told)
            except ValidationError as error:
                raise WrongField(form.name, str(error.errors()[0]["msg"])) from error

        _ending(dialog, "Create", lambda: _made(locator, wanted()))
    answer: Geofence | None = await answer_of(dialog)
    return answer


async def change_fence(locator: Locator[Awaited], fence: Geofence) -> Geofence | None:
    """Ask what shall change of a geofence; None for nothing."""
    with ui.dialog().props("persistent") as dialog, ui.card():
        words("h2", f"Edit {fence.name}", "text-h6")
        form = _Names(fence.name, fence.eventTypes, fence.eventSources)
        words("p", "A shape does not change: delete the geofence, and draw another.", "note")

        def ask() -> Ask:
            update = GeofenceUpdate.model_validate(form.told())

            async def change() -> Geofence:
                return await locator.update_geofence(fence.id, update)

            return change

        _ending(dialog, "Save", ask)
    answer: Geofence | None = await answer_of(dialog)
    return answer


def _made(locator: Locator[Awaited], wanted: NewCircle | NewPolygon) -> Ask:
    async def make() -> Geofence:
        return await locator.create_geofence(wanted)

    return make


def _ending(dialog: ui.dialog, verb: str, prepare: Callable[[], Ask]) -> None:
    """The buttons; what the service refuses is said, and nothing that was typed is lost."""
    problem = words("p", "", "bad-text q-my-none", role="alert")

    async def do() -> None:
        problem.text = ""
        try:
            ask = prepare()
        except WrongField as wrong:
            wrong.field.error = str(wrong)  # type: ignore[attr-defined]
            return
        done, refused = await asked(ask)
        if done is None:
            problem.text = refused or "There was no answer."
        else:
            dialog.submit(done)

    with box("div", "row justify-end q-gutter-sm full-width"):
        quiet("Cancel", on_click=lambda: dialog.submit(None), shape="flat")
        ui.button(verb, on_click=do)
    dialog.open()


class _Names:
    """Name, events and sources."""

    def __init__(self, name: str, events: list[str], sources: list[str]) -> None:
        self.name = _field(ui.input("Name", value=name).props("autofocus"), 50)
        self._events = _choices("Events", _EVENTS, events)
        self._sources = _choices("Event sources", _SOURCES, sources)

    def told(self) -> dict[str, Any]:
        name = (self.name.value or "").strip()
        if not name:
            raise WrongField(self.name, "Give a name.")
        for field, what in ((self._events, "event"), (self._sources, "source")):
            if not field.value:
                raise WrongField(field, f"Choose one {what} at least.")
        return {
            "name": name,
            "eventTypes": list(self._events.value),
            "eventSources": list(self._sources.value),
        }


class _Shape:
    """Circle or polygon, its places in degrees."""

    def __init__(self, shape: dict[str, Any] | None) -> None:
        shape = shape or {"type": "circle", "center": None, "radius": _FIRST_RADIUS_M}
        is_circle = shape["type"] == "circle"
        center = shape.get("center")
        self._kind = ui.select(_KINDS, label="Shape", value=shape["type"])
        self._kind.props("outlined dense options-dense").classes("full-width")
        self._kind.props["aria-label"] = "Shape"
        with box("div", "full-width") as circle:
            self._center = _field(
                ui.input("Centre: latitude, longitude", value=_place(center)), 60
            )
            radius = round(shape.get("radius") or _FIRST_RADIUS_M)
            self._radius = ui.number("Radius in metres, 50 to 30000", value=radius, format="%d")
            self._radius.props("outlined dense").classes("full-width")
        with box("div", "full-width") as polygon:
            rings = shape.get("coordinates") or [[]]
            corners = "\n".join(_place(corner) for corner in rings[0][:-1])
            self._corners = ui.textarea("Corners: latitude, longitude; one a line", value=corners)
            self._corners.props("outlined dense rows=5").classes("full-width")
        circle.set_visibility(is_circle)
        polygon.set_visibility(not is_circle)

        def turn() -> None:
            circle.set_visibility(self._kind.value == "circle")
            polygon.set_visibility(self._kind.value == "polygon")

        self._kind.on_value_change(turn)

    def told(self, is_of_device: bool) -> dict[str, Any]:
        if self._kind.value == "polygon":
            lines = [one for one in (self._corners.value or "").splitlines() if one.strip()]
            if len(lines) < 3:
                raise WrongField(self._corners, "Give three corners at least.")
            ring = [_read(self._corners, one) for one in lines]
            return {"type": "polygon", "coordinates": [[*ring, ring[0]]]}
        radius = float(self._radius.value or 0)
        if not 50 <= radius <= 30_000:
            raise WrongField(self._radius, f"{radius:g} m: give 50 to 30000 m.")
        told: dict[str, Any] = {"type": "circle", "radius": radius}
        if (self._center.value or "").strip():
            told["center"] = _read(self._center, self._center.value or "")
        elif not is_of_device:
            # [D] Only the circle of a device may do without: then it is where the device was last.
            raise WrongField(self._center, "Give the centre; that of a device may be left out.")
        return told


def _field(made: ui.input, most: int) -> ui.input:
    made.props(f"outlined dense maxlength={most}").classes("full-width")
    return made


def _choices(label: str, options: dict[str, str], value: list[str]) -> ui.select:
    chosen = [each for each in value if each in options]
    made = ui.select(options, label=label, value=chosen, multiple=True)
    made.props("outlined dense options-dense").classes("full-width")
    made.props["aria-label"] = label
    return made


def _place(place: list[float] | None) -> str:
    return "" if place is None else f"{place[1]:.{_DIGITS}f}, {place[0]:.{_DIGITS}f}"


def _read(field: ui.element, text: str) -> list[float]:
    """Longitude and latitude, from the order in which people write them."""
    parts = text.replace("°", " ").replace(",", " ").split()
    try:
        latitude, longitude = map(float, parts)
    except ValueError:
        raise WrongField(field, f"{text.strip()!r}: give latitude, longitude") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise WrongField(field, f"{text.strip()!r} is no place on the earth")
    return [longitude, latitude]
