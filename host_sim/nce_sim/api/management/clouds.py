"""The Cloud Integrator's operations: webhooks and AWS IoT Core."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from fastapi import APIRouter, Response

from nce_api.models import clouds as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.platform import TheBackend, answer
from nce_sim.services.clouds.event_types import EVENT_TYPES
from nce_sim.services.clouds.integration import AWS, WEBHOOK, Integration
from nce_sim.services.clouds.settings import VERSION
from nce_sim.services.clouds.trials import Tried
from nce_sim.services.identifiers import iso_time

router = APIRouter()

_ALL = "/v1/integrate/clouds"
_ONE = _ALL + "/{integrationId}"
_EVENT_TYPES = _ALL + "/eventTypes"
_WEBHOOKS = _ALL + "/webhooks"
_WEBHOOK = _WEBHOOKS + "/{integrationId}"
_AWS = _ALL + "/aws"
_PARAMETERS = _AWS + "/parameters"


@router.get(_EVENT_TYPES, **documented("get", _EVENT_TYPES))
async def event_types(caller: ManagementCaller) -> Response:
    rows = [
        models.EventDescription(
            name=one.name, description=one.description, version=VERSION, payload=dict(one.payload)
        )
        for one in EVENT_TYPES.values()
    ]
    return answer(models.EventDescriptions(eventTypes=rows))


@router.get(_PARAMETERS, **documented("get", _PARAMETERS))
async def parameters(backend: TheBackend, caller: ManagementCaller) -> Response:
    stacks = [
        models.CloudFormationStack(version=version, url=url)
        for version, url in backend.clouds.settings.stacks
    ]
    return answer(models.CloudFormationParameters(awsIntegration=stacks))


@router.get(_ALL, **documented("get", _ALL))
async def integrations(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.clouds.list(caller.organisation_id)
    items = [models.Integration(**_listed(one)) for one in found]
    return answer(models.IntegrationPage(items=items, page=1, pageAmount=1))


@router.get(_ONE, **documented("get", _ONE))
async def integration(
    backend: TheBackend, caller: ManagementCaller, integrationId: str
) -> Response:
    return answer(_details(backend.clouds.get(caller.organisation_id, integrationId)))


@router.patch(_ONE, **documented("patch", _ONE))
async def change(
    backend: TheBackend,
    caller: ManagementCaller,
    integrationId: str,
    body: models.IntegrationUpdate,
) -> Response:
    return answer(await _change(backend, caller, integrationId, body, None))


@router.delete(_ONE, **documented("delete", _ONE))
async def remove(backend: TheBackend, caller: ManagementCaller, integrationId: str) -> Response:
    call = partial(backend.clouds.delete, caller.organisation_id, integrationId)
    await backend.write(lambda work: call(work=work))
    return Response(status_code=204)


@router.post(_WEBHOOKS, **documented("post", _WEBHOOKS))
async def create_webhook(
    backend: TheBackend, caller: ManagementCaller, body: models.NewWebhook
) -> Response:
    call = partial(
        backend.clouds.create_webhook,
        caller.organisation_id,
        body.name,
        body.url,
        body.headers,
        _chosen(body.eventTypes),
        json_payload=body.jsonPayloadEnabled,
    )
    return answer(_details(await backend.write(lambda work: call(work=work))), 201)


@router.patch(_WEBHOOK, **documented("patch", _WEBHOOK))
async def change_webhook(
    backend: TheBackend,
    caller: ManagementCaller,
    integrationId: str,
    body: models.IntegrationUpdate,
) -> Response:
    return answer(await _change(backend, caller, integrationId, body, WEBHOOK))


@router.post(_AWS, **documented("post", _AWS))
async def create_aws(
    backend: TheBackend, caller: ManagementCaller, body: models.NewAwsIntegration
) -> Response:
    call = partial(
        backend.clouds.create_aws,
        caller.organisation_id,
        body.name,
        _chosen(body.eventTypes),
        json_payload=body.jsonPayloadEnabled,
    )
    return answer(_details(await backend.write(lambda work: call(work=work))), 201)


def _add_trials(path: str, kind: str) -> None:
    """POST .../test and POST .../restart of integrations of one type."""

    @router.post(path + "/test", **documented("post", path + "/test"))
    async def test(backend: TheBackend, caller: ManagementCaller, integrationId: str) -> Response:
        tried = await backend.clouds.trials.test(caller.organisation_id, integrationId, kind)
        return answer(models.IntegrationTest(testStatus=_status(tried), message=tried.message))

    @router.post(path + "/restart", **documented("post", path + "/restart"))
    async def restart(
        backend: TheBackend, caller: ManagementCaller, integrationId: str
    ) -> Response:
        tried = await backend.clouds.trials.restart(caller.organisation_id, integrationId, kind)
        return answer(
            models.RestartedIntegration(
                integration=models.Integration(**_short(tried.integration)),
                restartStatus=_status(tried),
                message=tried.message,
            )
        )


_add_trials(_WEBHOOK, WEBHOOK)
_add_trials(_AWS + "/{integrationId}", AWS)


async def _change(
    backend: TheBackend,
    caller: ManagementCaller,
    integration_id: str,
    body: models.IntegrationUpdate,
    only: str | None,
) -> models.IntegrationDetails:
    call = partial(
        backend.clouds.patch,
        caller.organisation_id,
        integration_id,
        url=body.url,
        headers=body.headers,
        event_types=None if body.eventTypes is None else _chosen(body.eventTypes),
        json_payload=body.jsonPayloadEnabled,
        only=only,
    )
    found = await backend.write(lambda work: call(work=work))
    # [D] the answer to a change has neither the last error nor the first delivery.
    return _details(replace(found, error=None, first_success_ms=None))


def _chosen(
    rows: Sequence[models.EventChoice] | Sequence[models.EventChange],
) -> list[tuple[str, str | None]]:
    return [(one.type, one.version) for one in rows]


def _status(tried: Tried) -> str:
    return "SUCCESS" if tried.is_ok else "FAILURE"


def _short(one: Integration) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": one.integration_id,
        "name": one.name,
        "eventTypes": [models.EventType(type=kind, version=VERSION) for kind in one.event_types],
        "state": one.state,
        "type": one.type,
        "createdTime": iso_time(one.created_ms),
        "updatedTime": iso_time(one.updated_ms),
    }
    if one.first_success_ms is not None:
        fields["lastSuccessfulMessageDelivery"] = iso_time(one.first_success_ms)
    return fields


def _listed(one: Integration) -> dict[str, Any]:
    return {**_short(one), "jsonPayloadEnabled": one.json_payload}


def _details(one: Integration) -> models.IntegrationDetails:
    own: dict[str, Any] = {
        "error": one.error,
        "awsAccountId": one.aws_account_id,
        "region": one.region,
        "jwt": one.jwt,
        "url": one.url,
        "headers": dict(one.headers) if one.type == WEBHOOK else None,
    }
    given = {name: value for name, value in own.items() if value is not None}
    return models.IntegrationDetails(**_listed(one), **given)
