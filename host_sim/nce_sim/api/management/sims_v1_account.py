"""SIMs, version 1: limits, top-ups, extensions and transfers.

Its paths stand before those with an ICCID: `limits` is no SIM.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response

from nce_api.models import sims as models
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.management.sims_answers import document, method_of, numbered, ordered, several
from nce_sim.api.platform import TheBackend, TheDoor
from nce_sim.problems import Invalid
from nce_sim.services.sims.limits import DATA, SMS_MO, SMS_MT

router = APIRouter()

Service = Literal["data", "smsMO", "smsMT"]
_FIELDS = {DATA: "data", SMS_MO: "smsMo", SMS_MT: "smsMt"}


@router.get("/v1/sims/limits", **documented("get", "/v1/sims/limits"))
async def get_limits(backend: TheBackend, caller: ManagementCaller) -> Response:
    """The monthly limits of all SIMs."""
    backend.sims.check_version(1)
    return document(backend.sims.limits.of(caller.organisation_id))


@router.post("/v1/sims/limits", **documented("post", "/v1/sims/limits"))
async def set_limits(
    backend: TheBackend, caller: ManagementCaller, body: models.LimitsUpdate
) -> Response:
    """Set the monthly limits of all SIMs; what is left out stays."""
    backend.sims.check_version(1)
    named = ((DATA, body.dataLimitId), (SMS_MT, body.smsMtLimitId), (SMS_MO, body.smsMoLimitId))
    wanted = {service: number for service, number in named if number is not None}
    await backend.write(lambda work: backend.sims.limits.set(caller.organisation_id, wanted, work))
    return Response(status_code=201)


@router.get("/v1/sims/{service}/limits", **documented("get", "/v1/sims/{service}/limits"))
async def get_options(backend: TheBackend, caller: ManagementCaller, service: Service) -> Response:
    """The limits that may be chosen for data or messages."""
    sims = backend.sims
    sims.check_version(1)
    options = sims.limits.options(service)
    if sims.settings.options_are_a_list:
        return document(options)
    field = _FIELDS[service]
    return document({field: sims.limits.of(caller.organisation_id)[field], "options": options})


@router.post("/v1/sims/topup", **documented("post", "/v1/sims/topup"))
async def top_up_several(
    backend: TheBackend,
    caller: ManagementCaller,
    door: TheDoor,
    body: models.TopUpIccids,
    payment_method: str | None = None,
) -> Response:
    """Order more volume for several SIMs."""
    return await _top_up(backend, caller, door, body, payment_method)


@router.post("/v1/sims/{iccid}/topup", **documented("post", "/v1/sims/{iccid}/topup"))
async def top_up(
    backend: TheBackend,
    caller: ManagementCaller,
    door: TheDoor,
    iccid: str,
    payment_method: str | None = None,
) -> Response:
    """Order more volume for a SIM."""
    return await _top_up(backend, caller, door, [iccid], payment_method)


async def _top_up(
    backend: TheBackend,
    caller: ManagementCaller,
    door: str,
    iccids: list[str],
    payment_method: str | None,
) -> Response:
    method = method_of(payment_method)
    number = await ordered(
        backend.write(
            lambda work: backend.sims.top_up(caller.organisation_id, 1, iccids, method, work)
        )
    )
    if isinstance(number, Response):
        return number
    location = f"{door}/v1/orders/{number}"
    return Response(status_code=201, headers=numbered(location))


@router.post("/v1/sims/autoTopup", **documented("post", "/v1/sims/autoTopup"))
async def set_auto_top_up(
    backend: TheBackend, caller: ManagementCaller, body: models.AutoTopUp
) -> Response:
    """Let SIMs top themselves up, or not."""
    if body.enabled is None:
        raise Invalid("enabled is missing; give true or false")
    is_on, iccids = body.enabled, several(body.iccids)
    await backend.write(
        lambda work: backend.sims.set_auto_top_up(caller.organisation_id, 1, iccids, is_on, work)
    )
    return Response(status_code=201)


@router.post("/v1/sims/extension", **documented("post", "/v1/sims/extension"))
async def extend(
    backend: TheBackend,
    caller: ManagementCaller,
    body: models.Extension,
    payment_method: str | None = None,
) -> Response:
    """Order another lifetime for SIMs."""
    iccids, product_id, method = several(body.iccids), body.productId, method_of(payment_method)
    number = await ordered(
        backend.write(
            lambda work: backend.sims.extend(
                caller.organisation_id, 1, iccids, product_id, method, work
            )
        )
    )
    return number if isinstance(number, Response) else Response(status_code=201)


@router.post("/v1/sims/simTransfer", **documented("post", "/v1/sims/simTransfer"))
async def transfer(
    backend: TheBackend, caller: ManagementCaller, body: models.SimTransfer
) -> Response:
    """Move SIMs to the parent or a sub-account."""
    ranges = []
    for each in body.iccid_ranges or ():
        if each.from_ is None or each.to is None:
            raise Invalid("a range of ICCIDs has no `from` or no `to`; give both")
        ranges.append((each.from_, each.to))
    iccids, target_id = several(body.iccids), body.target_organisation
    await backend.write(
        lambda work: backend.sims.transfer(caller.organisation_id, target_id, iccids, ranges, work)
    )
    return Response(status_code=201)
