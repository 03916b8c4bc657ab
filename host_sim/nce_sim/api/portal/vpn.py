"""VPN configurations: OpenVPN, and requests for IPsec and VPC peering; no traffic is carried."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Response
from pydantic import Field

from nce_sim.account.organisations.vpn import OPENVPN, VpnConfiguration
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time

router = APIRouter(tags=["VPN"])
_VPN = needs("configuration.openvpn")
_PROFILE = "application/x-openvpn-profile"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {_PROFILE: {"schema": {"type": "string"}}}}
}
Lines = Annotated[list[Line], Field(max_length=50)]


class AddVpn(Body):
    """A VPN to set up, with the fields of its kind."""

    kind: Line
    name: Line
    fields: dict[Line, Line | Lines] = Field(default_factory=dict, max_length=10)


class ShownVpn(Shown):
    """A configuration, or the request for one."""

    id: str
    kind: str
    name: str
    created: str
    fields: dict[str, str | list[str]]
    file: str | None  # the name of the client's configuration, for OpenVPN


class AddedVpn(ShownVpn):
    """A new one; the token of OpenVPN is shown here and never again."""

    token: str | None
    credentials: str | None  # the text of `credentials.txt`: a name and the token


@router.get("/vpn", **_VPN)
async def vpns(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownVpn]:
    """The configurations of OpenVPN, and the requests for IPsec and VPC peering."""
    found = backend.organisations.vpn.of(caller.organisation_id)
    return [_shown(backend, each) for each in cut(found, page, response)]


@router.post("/vpn", status_code=201, **_VPN)
async def add_vpn(
    backend: TheBackend, caller: PortalCaller, body: AddVpn, response: Response
) -> AddedVpn:
    """Enrol for OpenVPN: the token is shown here and never again. Or ask for another kind."""
    response.headers["Cache-Control"] = "no-store"
    issued = await backend.write(
        lambda work: backend.organisations.vpn.create(
            caller.organisation_id, body.kind, body.name, body.fields, backend.wall_ms(), work
        )
    )
    shown = vars(_shown(backend, issued.configuration))
    # [U] the name in the file: OpenVPN wants one, and 1NCE tells its customers by the token
    credentials = None if issued.token is None else f"{caller.organisation_id}\n{issued.token}\n"
    return AddedVpn(**shown, token=issued.token, credentials=credentials)


@router.get("/vpn/client-file", response_class=Response, responses=_FILE, **_VPN)
async def client_file(backend: TheBackend, caller: PortalCaller) -> Response:
    """The configuration of the OpenVPN client."""
    name, text = backend.organisations.vpn.client_file(caller.organisation_id)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text, media_type=_PROFILE, headers=headers)


@router.delete("/vpn/{vpn_id}", status_code=204, **_VPN)
async def delete_vpn(backend: TheBackend, caller: PortalCaller, vpn_id: str) -> None:
    """Delete a configuration."""
    await backend.write(
        lambda work: backend.organisations.vpn.delete(caller.organisation_id, vpn_id, work)
    )


def _shown(backend: TheBackend, found: VpnConfiguration) -> ShownVpn:
    vpn, file = backend.organisations.vpn, None
    if found.kind == OPENVPN:
        file = vpn.client_file(found.organisation_id)[0]
    return ShownVpn(
        id=found.vpn_id,
        kind=found.kind,
        name=found.name,
        created=iso_time(found.created_ms),
        fields=dict(found.fields),
        file=file,
    )
