"""The Energy Saver's operations: templates, their test, and what they saved."""

from __future__ import annotations

import base64
import binascii
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from nce_api.models import optimize as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.platform import TheBackend, answer, answer_list
from nce_sim.problems import Invalid, Unprocessable
from nce_sim.services.energy_saver.savings import Figure
from nce_sim.services.energy_saver.template import StoredTemplate

router = APIRouter()

_TEMPLATES = "/v1/optimize/templates"
_TEMPLATE = _TEMPLATES + "/{templateId}"
_MAX_BODY_BYTES = 65_536  # [D] 64 kB with the template

Iccid = Annotated[str, Query(pattern="^[0-9]{19}$")]


async def _bounded(request: Request) -> None:
    size = len(await request.body())
    if size > _MAX_BODY_BYTES:
        raise Unprocessable(f"the body has {size} bytes; at most {_MAX_BODY_BYTES} are taken")


_BOUNDED = [Depends(_bounded)]


@router.get(_TEMPLATES, **documented("get", _TEMPLATES))
async def templates(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.energy_saver.templates.stored(caller.organisation_id)
    return answer_list([_shown(template) for template in found])


@router.post(_TEMPLATES, dependencies=_BOUNDED, **documented("post", _TEMPLATES))
async def create_template(
    backend: TheBackend, caller: ManagementCaller, body: models.NewTemplate
) -> Response:
    create = partial(
        backend.energy_saver.templates.create,
        caller.organisation_id,
        body.name,
        body.template,
        body.protocolFilter,
        body.status,
    )
    return answer(_shown(await backend.write(lambda work: create(work=work))), 201)


@router.patch(_TEMPLATE, dependencies=_BOUNDED, **documented("patch", _TEMPLATE))
async def change_template(
    backend: TheBackend, caller: ManagementCaller, templateId: str, body: models.TemplateUpdate
) -> Response:
    change = partial(
        backend.energy_saver.templates.change,
        caller.organisation_id,
        templateId,
        name=body.name,
        text=body.template,
        protocols=body.protocolFilter,
        status=body.status,
    )
    return answer(_shown(await backend.write(lambda work: change(work=work))))


@router.delete(_TEMPLATE, **documented("delete", _TEMPLATE))
async def delete_template(
    backend: TheBackend, caller: ManagementCaller, templateId: str
) -> Response:
    delete = partial(backend.energy_saver.templates.delete, caller.organisation_id, templateId)
    await backend.write(lambda work: delete(work=work))
    return Response(status_code=204)


@router.post("/v1/optimize/messages/test", **documented("post", "/v1/optimize/messages/test"))
async def test_template(
    backend: TheBackend, caller: ManagementCaller, body: models.TemplateTest
) -> Response:
    try:
        payload = base64.b64decode(body.payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Invalid(f"the payload is not base64: {error}") from error
    tested = backend.energy_saver.test(body.template, payload)
    return answer(
        models.TemplateTestResult(
            translatedPayload=tested.text,
            reducedBytes=tested.reduced_bytes,
            energyUsageReduction=tested.saved_percent,
        )
    )


@router.get("/v1/optimize/savings", **documented("get", "/v1/optimize/savings"))
async def savings(
    backend: TheBackend,
    caller: ManagementCaller,
    days: Annotated[Literal["1", "7", "30"], Query(alias="range")] = "1",
    protocol: models.TemplateProtocol | None = None,
    iccid: Iccid | None = None,
) -> Response:
    found = backend.energy_saver.savings(
        caller.organisation_id, int(days), protocol=protocol, iccid=iccid
    )
    return answer(
        models.Savings(
            messagesTranslated=_figure(found.messages),
            averageBytesReducedPerMessage=_figure(found.average_saved),
            bytesSaved=_figure(found.bytes_saved),
        )
    )


def _figure(figure: Figure) -> models.Saving:
    return models.Saving(value=figure.value, delta=figure.delta)


def _shown(template: StoredTemplate) -> models.Template:
    return models.Template(
        id=template.template_id,
        name=template.name,
        template=template.text,
        status=template.status,
        protocolFilter=list(template.protocols),
    )
