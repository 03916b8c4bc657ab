"""The customer's settings of 1NCE OS, and its agreements."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response

from nce_api.models import settings as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.instants import shown
from nce_sim.api.platform import TheBackend, answer
from nce_sim.services.settings.service import Setting

router = APIRouter()

_SETTINGS = "/v1/settings/1nceos"
_SETTING = _SETTINGS + "/{name}"
_AGREEMENTS = "/v1/agreements/1nceos"

PageNumber = Annotated[int, Query(ge=1, le=50)]
PageSize = Annotated[int, Query(ge=1, le=50)]  # [U] the document has no maximum


@router.get(_SETTINGS, **documented("get", _SETTINGS))
async def settings(
    backend: TheBackend,
    caller: ManagementCaller,
    pageSize: PageSize = 10,
    page: PageNumber = 1,
    language: Literal["en", "de"] = "en",
) -> Response:
    found = backend.customer_settings.listed(caller.organisation_id, page=page, page_size=pageSize)
    items = [_shown(setting, language) for setting in found.items]
    return answer(models.SettingPage(items=items, page=page, pageAmount=found.page_amount))


@router.patch(_SETTING, **documented("patch", _SETTING))
async def switch(
    backend: TheBackend, caller: ManagementCaller, name: str, body: models.SettingChange
) -> Response:
    switch_it = partial(
        backend.customer_settings.switch,
        caller.organisation_id,
        name,
        body.state == "ENABLED",
        has_read_disclaimer=bool(body.readAndAcceptedDisclaimer),
    )
    setting = await backend.write(lambda work: switch_it(work=work))
    return answer(
        models.ChangedSetting(
            customerId=str(caller.organisation_id), name=name, state=_state(setting)
        )
    )


@router.post(_AGREEMENTS, **documented("post", _AGREEMENTS))
async def accept(
    backend: TheBackend, caller: ManagementCaller, body: models.Agreement
) -> Response:
    accept_it = partial(backend.agreements.accept, caller.organisation_id, body.accepted)
    await backend.write(lambda work: accept_it(work=work))
    return Response(status_code=201)


def _state(setting: Setting) -> str:
    return "ENABLED" if setting.is_enabled else "DISABLED"


def _shown(setting: Setting, language: str) -> models.Setting:
    kind = setting.kind
    shape = models.Setting(
        name=kind.name,
        description=kind.german if language == "de" else kind.english,
        state=_state(setting),
    )
    if setting.credits is not None:
        shape.details = models.SettingDetails(
            credits=setting.credits.amount, expiryDate=shown(setting.credits.expires_ms)
        )
    return shape
