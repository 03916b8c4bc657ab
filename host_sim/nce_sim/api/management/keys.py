"""Pre-shared keys: one device, many at once, and the older names of the same operations."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from nce_api.models import integrate as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.instants import shown
from nce_sim.api.platform import TheBackend, answer
from nce_sim.services.authenticator.credential import STRING
from nce_sim.services.authenticator.imports import KeyImport, NewKey
from nce_sim.services.authenticator.service import DeviceKey

router = APIRouter()

_KEY = "/v1/integrate/devices/{deviceId}/psk"
_OLDER_KEY = "/v1/integrate/devices/{deviceId}/presharedkey"
_JOBS = "/v1/integrate/devices/psk/jobs"
_OLDER_JOBS = "/v1/integrate/devices/presharedkey/jobs"


# Above the operation on one device: `jobs` is not a protocol.
@router.get(_JOBS, **documented("get", _JOBS))
@router.get(_OLDER_JOBS, **documented("get", _OLDER_JOBS))
async def imports(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.key_imports.listed(caller.organisation_id)
    # The document has no page to ask for: this one has all.
    return answer(models.KeyJobPage(items=[_job(one) for one in found], page=1, pageAmount=1))


@router.post(_JOBS, **documented("post", _JOBS))
@router.post(_OLDER_JOBS, **documented("post", _OLDER_JOBS))
async def import_keys(
    backend: TheBackend, caller: ManagementCaller, body: models.NewKeyJob
) -> Response:
    keys = [
        NewKey(key.deviceId, key.protocol, key.secretKey, key.format or STRING) for key in body
    ]
    create = partial(backend.key_imports.create, caller.organisation_id, keys)
    await backend.write(lambda work: create(work=work))
    return Response(status_code=202)


@router.post(_KEY, **documented("post", _KEY))
@router.post(_OLDER_KEY, **documented("post", _OLDER_KEY))
async def set_key(
    backend: TheBackend, caller: ManagementCaller, deviceId: str, body: models.NewPreSharedKey
) -> Response:
    set_it = partial(
        backend.authenticator.set_key,
        caller.organisation_id,
        deviceId,
        body.protocol,
        body.secretKey,
        body.format or STRING,
    )
    return answer(_key(await backend.write(lambda work: set_it(work=work))))


@router.get(_KEY + "/{protocol}", **documented("get", _KEY + "/{protocol}"))
async def key(
    backend: TheBackend, caller: ManagementCaller, deviceId: str, protocol: str
) -> Response:
    return answer(_key(backend.authenticator.key(caller.organisation_id, deviceId, protocol)))


def _key(found: DeviceKey) -> models.PreSharedKey:
    return models.PreSharedKey(
        deviceId=found.device_id,
        identity=found.identity,
        secretKey=found.secret,
        createdAt=shown(found.created_ms),
        updatedAt=shown(found.updated_ms),
        protocol=found.protocol,
        format=found.key_format,
    )


def _job(one: KeyImport) -> models.KeyJob:
    return models.KeyJob(
        id=one.job_id,
        createdAt=shown(one.created_ms),
        updatedAt=shown(one.updated_ms),
        status=one.status,
        amount=one.amount,
        failed=one.failed,
        done=one.done,
    )
