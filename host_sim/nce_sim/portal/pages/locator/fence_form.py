"""The form of a geofence: a new one with its shape, which never changes afterwards [D]."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.locator import Locator
from nce_api.models.locate import Geofence, GeofenceUpdate, NewCircle, NewPolygon
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import box, words

_EVENTS = {"ENTER": "Enter", "EXIT": "Exit"}
_SOURCES = {"CellTower": "Cell tower", "GPS": "GPS"}
_KINDS = {"circle": "Circle", "polygon": "Polygon"}
_FIRST_RADIUS_M = 500
_DIGITS = 6  # of degrees, as in 1NCE's samples


async def new_fence(locator: Locator[Awaited], shape: dict[str, Any] | None) -> Geofence | None:
    """Ask for a new geofence, of a shape that was drawn or that is typed; None for none."""
    form = FormDialog("New geofence", "Create")
    with form.body:
        names = _Names(form, "", list(_EVENTS), list(_SOURCES))
        device = form.field("deviceId", ui.input("Device ID (ICCID), or nothing for all devices"))
        device.props("maxlength=20")
        typed = _Shape(form, shape)

    async def create() -> Geofence:
        iccid = (device.value or "").strip()
        told = {**names.told(), **typed.told(bool(iccid)), "deviceId": iccid or None}
        form_of = NewCircle if told["type"] == "circle" else NewPolygon
        return await locator.create_geofence(form_of.model_validate(told))

    return await form.run(create)


async def change_fence(locator: Locator[Awaited], fence: Geofence) -> Geofence | None:
    """Ask what shall change of a geofence; None for nothing."""
    form = FormDialog(f"Edit {fence.name}", "Save")
    with form.body:
        names = _Names(form, fence.name, fence.eventTypes, fence.eventSources)
        words("p", "A shape does not change: delete the geofence, and draw another.", "note")

    async def change() -> Geofence:
        update = GeofenceUpdate.model_validate(names.told())
        return await locator.update_geofence(fence.id, update)

    return await form.run(change)


class _Names:
    """Name, events and sources."""

    def __init__(self, form: FormDialog, name: str, events: list[str], sources: list[str]) -> None:
        named = ui.input("Name", value=name).props("autofocus maxlength=50")
        self._name = form.field("name", named)
        self._events = form.field("eventTypes", _choices("Events", _EVENTS, events))
        self._sources = form.field("eventSources", _choices("Event sources", _SOURCES, sources))

    def told(self) -> dict[str, Any]:
        name = (self._name.value or "").strip()
        if not name:
            raise WrongField("name", "Give a name.")
        if not self._events.value:
            raise WrongField("eventTypes", "Choose one event at least.")
        if not self._sources.value:
            raise WrongField("eventSources", "Choose one source at least.")
        return {
            "name": name,
            "eventTypes": list(self._events.value),
            "eventSources": list(self._sources.value),
        }


class _Shape:
    """Circle or polygon, its places in degrees."""

    def __init__(self, form: FormDialog, shape: dict[str, Any] | None) -> None:
        shape = shape or {"type": "circle", "center": None, "radius": _FIRST_RADIUS_M}
        is_circle = shape["type"] == "circle"
        kind = ui.select(_KINDS, label="Shape", value=shape["type"]).props("options-dense")
        self._kind = form.field("type", kind)
        with box("div", "fields") as circle:
            center = ui.input("Centre: latitude, longitude", value=_place(shape.get("center")))
            self._center = form.field("center", center)
            metres = round(shape.get("radius") or _FIRST_RADIUS_M)
            radius = ui.number("Radius in metres, 50 to 30000", value=metres, format="%d")
            self._radius = form.field("radius", radius)
        with box("div", "fields") as polygon:
            rings = shape.get("coordinates") or [[]]
            corners = ui.textarea(
                "Corners: latitude, longitude; one a line",
                value="\n".join(_place(corner) for corner in rings[0][:-1]),
            )
            self._corners = form.field("coordinates", corners.props("rows=5"))
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
                raise WrongField("coordinates", "Give three corners at least.")
            ring = [_read("coordinates", one) for one in lines]
            return {"type": "polygon", "coordinates": [[*ring, ring[0]]]}
        radius = float(self._radius.value or 0)
        if not 50 <= radius <= 30_000:
            raise WrongField("radius", f"{radius:g} m: give 50 to 30000 m.")
        told: dict[str, Any] = {"type": "circle", "radius": radius}
        if (self._center.value or "").strip():
            told["center"] = _read("center", self._center.value or "")
        elif not is_of_device:
            # [D] Only the circle of a device may do without: then it is where the device was last.
            raise WrongField("center", "Give the centre; that of a device may be left out.")
        return told


def _choices(label: str, options: dict[str, str], value: list[str]) -> ui.select:
    chosen = [each for each in value if each in options]
    made = ui.select(options, label=label, value=chosen, multiple=True)
    return made.props("options-dense")


def _place(place: list[float] | None) -> str:
    return "" if place is None else f"{place[1]:.{_DIGITS}f}, {place[0]:.{_DIGITS}f}"


def _read(field: str, text: str) -> list[float]:
    """Longitude and latitude, from the order in which people write them."""
    parts = text.replace("°", " ").replace(",", " ").split()
    try:
        latitude, longitude = map(float, parts)
    except ValueError:
        raise WrongField(field, f"{text.strip()!r}: give latitude, longitude") from None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        raise WrongField(field, f"{text.strip()!r} is no place on the earth")
    return [longitude, latitude]
