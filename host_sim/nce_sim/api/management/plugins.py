"""The plugins' operations: installed, listed, restarted and removed."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from nce_api.models import plugins as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.platform import TheBackend, answer
from nce_sim.backend import Backend
from nce_sim.services.plugins.partners import (
    DATACAKE,
    MEMFAULT,
    MENDER,
    TARTABIT,
    DatacakeDetails,
    Details,
    MemfaultDetails,
    MenderDetails,
    Plugin,
    TartabitDetails,
)

router = APIRouter()

_PARTNER = "/v1/partners/{}/plugins"
_ALL = "/v1/partners/plugins"
_ONE = _ALL + "/{pluginId}"

_DETAILS: dict[str, Any] = {
    DATACAKE: models.DatacakePlugin,
    MENDER: models.MenderPlugin,
    TARTABIT: models.TartabitPlugin,
    MEMFAULT: models.MemfaultPlugin,
}


def _installs(partner: str) -> dict[str, Any]:
    return documented("post", _PARTNER.format(partner))


@router.post(_PARTNER.format(DATACAKE), **_installs(DATACAKE))
async def install_datacake(
    backend: TheBackend, caller: ManagementCaller, body: models.NewDatacakePlugin
) -> Response:
    return await _install(backend, caller.organisation_id, DatacakeDetails(body.workspaceId))


@router.post(_PARTNER.format(MENDER), **_installs(MENDER))
async def install_mender(
    backend: TheBackend, caller: ManagementCaller, body: models.NewMenderPlugin
) -> Response:
    details = MenderDetails(body.tenantToken, body.privateKey, body.publicKey)
    return await _install(backend, caller.organisation_id, details)


@router.post(_PARTNER.format(TARTABIT), **_installs(TARTABIT))
async def install_tartabit(
    backend: TheBackend, caller: ManagementCaller, body: models.NewTartabitPlugin
) -> Response:
    details = TartabitDetails(body.serverDomain, body.webhookKey)
    return await _install(backend, caller.organisation_id, details)


@router.post(_PARTNER.format(MEMFAULT), **_installs(MEMFAULT))
async def install_memfault(
    backend: TheBackend, caller: ManagementCaller, body: models.NewMemfaultPlugin
) -> Response:
    return await _install(backend, caller.organisation_id, MemfaultDetails())


@router.get(_ALL, **documented("get", _ALL))
async def plugins(backend: TheBackend, caller: ManagementCaller) -> Response:
    found = backend.plugins.list(caller.organisation_id)
    items = [models.Plugin(**plugin.summary()) for plugin in found]
    return answer(models.PluginPage(items=items, page=1, pageAmount=1))


@router.get(_ONE, **documented("get", _ONE))
async def plugin(backend: TheBackend, caller: ManagementCaller, pluginId: str) -> Response:
    return answer(_shown(backend, backend.plugins.get(caller.organisation_id, pluginId)))


@router.delete(_ONE, **documented("delete", _ONE))
async def uninstall(backend: TheBackend, caller: ManagementCaller, pluginId: str) -> Response:
    await backend.write(
        lambda work: backend.plugins.uninstall(caller.organisation_id, pluginId, work)
    )
    return Response(status_code=204)


@router.post(_ONE + "/restart", **documented("post", _ONE + "/restart"))
async def restart(backend: TheBackend, caller: ManagementCaller, pluginId: str) -> Response:
    tried = await backend.plugin_events.restart(caller.organisation_id, pluginId)
    body = models.RestartedPlugin(
        plugin=_shown(backend, tried.plugin),
        restartStatus="SUCCESS" if tried.is_ok else "FAILURE",
        message=tried.message,
    )
    return answer(body)


async def _install(backend: Backend, organisation_id: int, details: Details) -> Response:
    installed = await backend.write(
        lambda work: backend.plugins.install(organisation_id, details, work)
    )
    if installed.partner == MEMFAULT:  # [D] its own fields come with the details alone
        return answer(models.Plugin(**installed.summary()), 201)
    return answer(_shown(backend, installed), 201)


def _shown(backend: Backend, plugin: Plugin) -> Any:
    fields = plugin.as_json(backend.plugins.settings.shows_keys)
    return _DETAILS[plugin.partner](**fields)
