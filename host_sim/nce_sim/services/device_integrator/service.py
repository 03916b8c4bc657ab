"""The Device Integrator: which endpoints an organisation uses, and their settings.

    integrator = DeviceIntegrator(storage, places, customer_settings)
    integrator.is_active(organisation_id, "COAP")               # asked with each message
    integrator.change(organisation_id, "LWM2M", is_active=True, settings={}, work=work)

A device of an organisation that does not use an endpoint is refused there: 4.01 by CoAP; a UDP
message is dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from sqlalchemy import select

from nce_sim.problems import Invalid, NotFound
from nce_sim.services.device_integrator.settings import DeviceIntegratorSettings
from nce_sim.services.device_integrator.tables import DEVICE_ENDPOINT
from nce_sim.storage import Storage, Work, upsert

PASSIVE_REPORTING = "LWM2M_PASSIVE_REPORTING"  # [D] the only setting
ENABLED, DISABLED = "ENABLED", "DISABLED"
_DESCRIPTION = "Read all readable objects of a device when it registers or updates"  # [U]

_PUT = upsert(DEVICE_ENDPOINT)


@dataclass(frozen=True)
class Place:
    """Where devices reach an endpoint; 1NCE's alone, the same for all organisations."""

    domain: str
    hosts: tuple[str, ...]
    port: int
    secure_port: int | None = None


@dataclass(frozen=True)
class EndpointSetting:
    """A named switch of an endpoint; `state` is ENABLED or DISABLED."""

    name: str
    state: str
    description: str = _DESCRIPTION


@dataclass(frozen=True)
class DeviceEndpoint:
    """An endpoint as an organisation has it."""

    protocol: str
    is_active: bool
    place: Place
    settings: tuple[EndpointSetting, ...] = ()


@dataclass(frozen=True)
class _Chosen:
    is_active: bool


class Switches(Protocol):
    """The customer's settings of 1NCE OS: passive reporting is one of them."""

    def is_enabled(self, organisation_id: int, name: str) -> bool: ...

    def switch(self, organisation_id: int, name: str, is_on: bool, *, work: Work) -> object: ...


class DeviceIntegrator:
    """The endpoints of all organisations; `places` has the protocols that there are.

    The setting of LwM2M is the customer's setting of the same name, by both operations.
    """

    def __init__(
        self,
        storage: Storage,
        places: Mapping[str, Place],
        switches: Switches,
        settings: DeviceIntegratorSettings | None = None,
    ) -> None:
        self.settings = settings or DeviceIntegratorSettings()
        self._places = dict(places)
        self._switches = switches
        self._chosen: dict[tuple[int, str], _Chosen] = {
            (row.organisation_id, row.protocol): _Chosen(row.is_active)
            for row in storage.read(select(DEVICE_ENDPOINT))
        }

    def is_active(self, organisation_id: int, protocol: str) -> bool:
        """Whether the organisation's devices may use an endpoint."""
        return self._of(organisation_id, protocol).is_active

    def reports_passively(self, organisation_id: int) -> bool:
        """Whether the LwM2M server reads a device whenever it registers or updates."""
        return self._switches.is_enabled(organisation_id, PASSIVE_REPORTING)

    def endpoints(self, organisation_id: int) -> tuple[DeviceEndpoint, ...]:
        """All endpoints of an organisation."""
        return tuple(self.endpoint(organisation_id, protocol) for protocol in self._places)

    def endpoint(self, organisation_id: int, protocol: str) -> DeviceEndpoint:
        """One endpoint of an organisation; NotFound for an unknown protocol."""
        place = self._places.get(protocol)
        if place is None:
            names = ", ".join(self._places)
            raise NotFound(f"there is no endpoint {protocol!r}; there are {names}")
        is_active = self.is_active(organisation_id, protocol)
        settings: tuple[EndpointSetting, ...] = ()
        if protocol == "LWM2M":
            state = ENABLED if self.reports_passively(organisation_id) else DISABLED
            settings = (EndpointSetting(PASSIVE_REPORTING, state),)
        return DeviceEndpoint(protocol, is_active, place, settings)

    def change(
        self,
        organisation_id: int,
        protocol: str,
        *,
        is_active: bool | None = None,
        settings: Mapping[str, str],
        work: Work,
    ) -> DeviceEndpoint:
        """Activate or deactivate an endpoint, and set its settings by name; the rest stays.

        Raises NotFound for an unknown protocol, and Invalid for a setting that it does not have.
        """
        known = {one.name for one in self.endpoint(organisation_id, protocol).settings}
        for name, state in settings.items():
            if name not in known:
                allowed = f"it has {', '.join(known)}" if known else "it has none"
                raise Invalid(f"the endpoint {protocol} has no setting {name!r}; {allowed}")
            if state not in (ENABLED, DISABLED):
                raise Invalid(f"the state of {name} is {state!r}; give {ENABLED} or {DISABLED}")
        before = self._of(organisation_id, protocol)
        chosen = before
        if is_active is not None and self.settings.active_is_used:
            chosen = replace(chosen, is_active=is_active)
        if PASSIVE_REPORTING in settings:
            is_on = settings[PASSIVE_REPORTING] == ENABLED
            self._switches.switch(organisation_id, PASSIVE_REPORTING, is_on, work=work)
        key = (organisation_id, protocol)
        kept = self._chosen.get(key)
        work.on_rollback(lambda: self._put(key, kept))
        self._put(key, chosen)
        row = {
            "organisation_id": organisation_id,
            "protocol": protocol,
            "is_active": chosen.is_active,
        }
        work.write(_PUT, row)
        return self.endpoint(organisation_id, protocol)

    def _of(self, organisation_id: int, protocol: str) -> _Chosen:
        chosen = self._chosen.get((organisation_id, protocol))
        if chosen is not None:
            return chosen
        return _Chosen(protocol in self.settings.active_at_first)

    def _put(self, key: tuple[int, str], chosen: _Chosen | None) -> None:
        if chosen is None:
            self._chosen.pop(key, None)
        else:
            self._chosen[key] = chosen
