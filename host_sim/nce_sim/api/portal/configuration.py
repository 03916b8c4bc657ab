"""Network settings, breakout, APN, IMEI lock, rules for new SIMs, and VPN configurations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from nce_sim.account.access.service import Caller
from nce_sim.account.organisations.vpn import VpnConfiguration
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.bodies import Body, Shown
from nce_sim.api.portal.permission import needs
from nce_sim.problems import Forbidden
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["Configuration"])
Network = Annotated[Caller, needs("configuration.network")]
Vpn = Annotated[Caller, needs("configuration.openvpn")]


class NetworkSettings(Shown):
    """The accordion "Network settings", with what the organisation set for its SIMs."""

    breakout_mode: str
    breakout_region: str
    custom_apn: str | None
    ip_address_space: list[str]
    imei_lock_for_new_sims: bool
    auto_top_up_for_new_sims: bool


class SetBreakout(Body):
    """The breakout of new sessions; without a region it stays."""

    mode: str
    region: str | None = None


class SetApn(Body):
    """A custom APN; null ends it."""

    apn: str | None


class SetImeiLock(Body):
    """Lock or unlock all SIMs."""

    enabled: bool


class SetForNewSims(Body):
    """What holds for SIMs of future orders."""

    imei_lock: bool | None = None
    auto_top_up: bool | None = None


class AddVpn(Body):
    """A VPN to set up; the simulation carries no traffic of it."""

    kind: str
    name: str
    fields: dict[str, Any] = Field(default_factory=dict)


@router.get("/configuration")
async def configuration(backend: TheBackend, caller: Network) -> NetworkSettings:
    """What is set."""
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/breakout")
async def set_breakout(
    backend: TheBackend,
    caller: Annotated[Caller, needs("configuration.breakout")],
    body: SetBreakout,
) -> NetworkSettings:
    """Where new sessions meet the internet."""
    await backend.write(
        lambda work: backend.organisations.set_breakout(
            caller.organisation_id, body.mode, body.region, work
        )
    )
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/apn")
async def set_apn(backend: TheBackend, caller: Network, body: SetApn) -> NetworkSettings:
    """A custom APN beside the usual one."""
    await backend.write(
        lambda work: backend.organisations.set_apn(caller.organisation_id, body.apn, work)
    )
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/imei-lock", status_code=204)
async def set_imei_lock(
    backend: TheBackend,
    caller: Annotated[Caller, needs("configuration.imei_lock")],
    body: SetImeiLock,
) -> None:
    """Lock each SIM to the device of its next attach, or unlock all."""
    await backend.write(
        lambda work: backend.organisations.rules.set_imei_lock(
            caller.organisation_id, body.enabled, work
        )
    )


@router.put("/configuration/new-sims")
async def set_for_new_sims(
    backend: TheBackend,
    caller: Annotated[Caller, needs("configuration.imei_lock")],
    body: SetForNewSims,
) -> NetworkSettings:
    """What holds for SIMs of future orders."""
    may_pay = backend.access.may(caller, "configuration.auto_top_up")
    if body.auto_top_up is not None and not may_pay:
        raise Forbidden(f"the role {caller.role} may not set auto top-up; leave it out")
    await backend.write(
        lambda work: backend.organisations.rules.set_for_new_sims(
            caller.organisation_id,
            imei_lock=body.imei_lock,
            auto_top_up=body.auto_top_up,
            work=work,
        )
    )
    return _shown(backend, caller.organisation_id)


@router.get("/vpn")
async def vpns(backend: TheBackend, caller: Vpn) -> list[dict[str, Any]]:
    """The configurations of OpenVPN, and the requests for IPsec and VPC peering."""
    return [_vpn(found) for found in backend.organisations.vpn.of(caller.organisation_id)]


@router.post("/vpn", status_code=201)
async def add_vpn(
    backend: TheBackend, caller: Vpn, body: AddVpn, response: Response
) -> dict[str, Any]:
    """Enrol for OpenVPN: the token is shown here and never again. Or ask for another kind."""
    response.headers["Cache-Control"] = "no-store"
    issued = await backend.write(
        lambda work: backend.organisations.vpn.create(
            caller.organisation_id, body.kind, body.name, body.fields, backend.wall_ms(), work
        )
    )
    shown = _vpn(issued.configuration)
    return shown if issued.token is None else {**shown, "token": issued.token}


@router.get("/vpn/client-file")
async def client_file(backend: TheBackend, caller: Vpn) -> Response:
    """The configuration of the OpenVPN client."""
    name, text = backend.organisations.vpn.client_file(caller.organisation_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type="application/x-openvpn-profile", headers=headers)


@router.delete("/vpn/{vpn_id}", status_code=204)
async def delete_vpn(backend: TheBackend, caller: Vpn, vpn_id: str) -> None:
    """Delete a configuration."""
    await backend.write(
        lambda work: backend.organisations.vpn.delete(caller.organisation_id, vpn_id, work)
    )


def _shown(backend: TheBackend, organisation_id: int) -> NetworkSettings:
    organisations = backend.organisations
    mode, region = organisations.breakout(organisation_id)
    found = organisations.get(organisation_id)
    return NetworkSettings(
        breakout_mode=mode,
        breakout_region=region,
        custom_apn=found.apn,
        ip_address_space=organisations.blocks(organisation_id),
        imei_lock_for_new_sims=found.locks_new_sims,
        auto_top_up_for_new_sims=found.tops_up_new_sims,
    )


def _vpn(found: VpnConfiguration) -> dict[str, Any]:
    return {
        "id": found.vpn_id,
        "kind": found.kind,
        "name": found.name,
        "created": iso_time(found.created_ms),
        "fields": dict(found.fields),
    }
