"""The Device Integrator's operations: the endpoints of an organisation."""

from __future__ import annotations

from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from nce_api.models import integrate as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.platform import TheBackend, answer
from nce_sim.services.device_integrator.service import DeviceEndpoint

router = APIRouter()

_ALL = "/v1/integrate/devices/endpoints"
_ONE = _ALL + "/{protocol}"


@router.get(_ALL, **documented("get", _ALL))
async def endpoints(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.device_integrator.endpoints(caller.organisation_id)
    items = [models.EndpointSummary(**_fields(one)) for one in found]
    return answer(models.EndpointPage(items=items, page=1, pageAmount=1))


@router.get(_ONE, **documented("get", _ONE))
async def endpoint(backend: TheBackend, caller: ManagementCaller, protocol: str) -> Response:
    return answer(_details(backend.device_integrator.endpoint(caller.organisation_id, protocol)))


@router.patch(_ONE, **documented("patch", _ONE))
async def change(
    backend: TheBackend, caller: ManagementCaller, protocol: str, body: models.EndpointUpdate
) -> Response:
    call = partial(
        backend.device_integrator.change,
        caller.organisation_id,
        protocol,
        is_active=body.active,
        settings={one.name: one.state for one in body.settings},
    )
    return answer(_details(await backend.write(lambda work: call(work=work))))


def _fields(found: DeviceEndpoint) -> dict[str, Any]:
    fields = {
        "protocol": found.protocol,
        "active": found.is_active,
        "domain": found.place.domain,
        "ipAddresses": list(found.place.hosts),
        "port": found.place.port,
    }
    if found.place.secure_port is not None:
        fields["securePort"] = found.place.secure_port
    return fields


def _details(found: DeviceEndpoint) -> models.Endpoint:
    settings = [
        models.EndpointSetting(name=one.name, state=one.state, description=one.description)
        for one in found.settings
    ]
    return models.Endpoint(**_fields(found), settings=settings)
