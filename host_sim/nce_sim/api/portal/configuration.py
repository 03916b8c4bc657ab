"""Network settings, breakout, APN, and what holds for all SIMs or for those of future orders."""

from __future__ import annotations

from ipaddress import IPv4Network

from fastapi import APIRouter

from nce_sim.account.organisations.settings import CREDIT_CARD
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Shown
from nce_sim.api.portal.permission import needs
from nce_sim.services.sims.limits import DATA, SMS_MO, SMS_MT
from nce_sim.services.streamer.stream import SMS, TYPES
from nce_sim.settings import PLATFORM_1

router = APIRouter(tags=["Configuration"])
_NETWORK = needs("configuration.network")
_LIMIT = needs("configuration.monthly_limit")
_LOCK = needs("configuration.imei_lock")


class NetworkSettings(Shown):
    """The accordion "Network settings", with what the organisation set for its SIMs."""

    apn: str
    custom_apn: str | None
    smsc: str
    breakout_mode: str
    breakout_region: str
    breakout_regions: list[str]  # those to choose of
    os_regions: list[str]  # those from which SIMs reach 1NCE OS
    ip_address_space: list[str]
    ip_addresses_total: int
    ip_addresses_used: int
    sims: int
    sims_with_imei_lock: int
    imei_lock_for_new_sims: bool
    auto_top_up_for_new_sims: bool
    has_credit_card: bool
    stream_types: list[str]
    stream_apis: list[str]


class SetBreakout(Body):
    """The breakout of new sessions; without a region it stays."""

    mode: Line
    region: Line | None = None


class SetApn(Body):
    """A custom APN; null ends it."""

    apn: Line | None


class Switch(Body):
    """On or off."""

    enabled: bool


class Option(Shown):
    """A monthly limit that can be chosen, by its number."""

    id: int
    limit: str
    unit: str


class Limit(Option):
    """A monthly limit that is set, and what can be chosen in its place."""

    options: list[Option]


class Limits(Shown):
    """The monthly limits of all SIMs."""

    data: Limit
    sms_mt: Limit
    sms_mo: Limit


class SetLimits(Body):
    """The options to choose; what is left out stays."""

    data: int | None = None
    sms_mt: int | None = None
    sms_mo: int | None = None


@router.get("/configuration", **_NETWORK)
async def configuration(backend: TheBackend, caller: PortalCaller) -> NetworkSettings:
    """What is set."""
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/breakout", **needs("configuration.breakout"))
async def set_breakout(
    backend: TheBackend, caller: PortalCaller, body: SetBreakout
) -> NetworkSettings:
    """Where new sessions meet the internet."""
    await backend.write(
        lambda work: backend.organisations.set_breakout(
            caller.organisation_id, body.mode, body.region, work
        )
    )
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/apn", **_NETWORK)
async def set_apn(backend: TheBackend, caller: PortalCaller, body: SetApn) -> NetworkSettings:
    """A custom APN beside the usual one."""
    await backend.write(
        lambda work: backend.organisations.set_apn(caller.organisation_id, body.apn, work)
    )
    return _shown(backend, caller.organisation_id)


@router.get("/configuration/limits", **_LIMIT)
async def limits(backend: TheBackend, caller: PortalCaller) -> Limits:
    """The monthly limits of all SIMs, and what can be chosen."""
    return _limits(backend, caller.organisation_id)


@router.put("/configuration/limits", **_LIMIT)
async def set_limits(backend: TheBackend, caller: PortalCaller, body: SetLimits) -> Limits:
    """Set the monthly limits of all SIMs."""
    named = ((DATA, body.data), (SMS_MT, body.sms_mt), (SMS_MO, body.sms_mo))
    wanted = {service: number for service, number in named if number is not None}
    await backend.write(lambda work: backend.sims.limits.set(caller.organisation_id, wanted, work))
    return _limits(backend, caller.organisation_id)


@router.put("/configuration/imei-lock", status_code=204, **_LOCK)
async def set_imei_lock(backend: TheBackend, caller: PortalCaller, body: Switch) -> None:
    """Lock each SIM to the device of its next attach, or unlock all."""
    await backend.write(
        lambda work: backend.organisations.rules.set_imei_lock(
            caller.organisation_id, body.enabled, work
        )
    )


@router.put("/configuration/new-sims/imei-lock", **_LOCK)
async def lock_new_sims(
    backend: TheBackend, caller: PortalCaller, body: Switch
) -> NetworkSettings:
    """Whether SIMs of future orders are locked to their first devices."""
    rules = backend.organisations.rules
    await backend.write(
        lambda work: rules.set_for_new_sims(
            caller.organisation_id, imei_lock=body.enabled, work=work
        )
    )
    return _shown(backend, caller.organisation_id)


@router.put("/configuration/new-sims/auto-top-up", **needs("configuration.auto_top_up"))
async def top_up_new_sims(
    backend: TheBackend, caller: PortalCaller, body: Switch
) -> NetworkSettings:
    """Whether SIMs of future orders top themselves up."""
    rules = backend.organisations.rules
    await backend.write(
        lambda work: rules.set_for_new_sims(
            caller.organisation_id, auto_top_up=body.enabled, work=work
        )
    )
    return _shown(backend, caller.organisation_id)


def _shown(backend: TheBackend, organisation_id: int) -> NetworkSettings:
    organisations = backend.organisations
    settings = backend.world.settings
    mode, region = organisations.breakout(organisation_id)
    found = organisations.get(organisation_id)
    blocks = organisations.blocks(organisation_id)
    iccids = backend.world_sims.iccids(organisation_id)
    follows_1 = settings.account.platform == PLATFORM_1
    return NetworkSettings(
        apn=settings.network.apn,
        custom_apn=found.apn,
        smsc=settings.sms.centre_address,
        breakout_mode=mode,
        breakout_region=region,
        breakout_regions=list(settings.network.regions),
        os_regions=list(settings.network.os_regions),
        ip_address_space=blocks,
        ip_addresses_total=sum(IPv4Network(block).num_addresses for block in blocks),
        ip_addresses_used=len(iccids),  # each SIM has one, and keeps it
        sims=len(iccids),
        sims_with_imei_lock=sum(map(backend.world_sims.has_imei_lock, iccids)),
        imei_lock_for_new_sims=found.locks_new_sims,
        auto_top_up_for_new_sims=found.tops_up_new_sims,
        has_credit_card=CREDIT_CARD in found.payment_methods,
        # [D] Platform 2.0 alone has a stream of SMS
        stream_types=[kind for kind in TYPES if kind != SMS or not follows_1],
        # [D] S3 is retired there
        stream_apis=["REST", "KINESIS", "S3"] if follows_1 else ["REST", "KINESIS"],
    )


def _limits(backend: TheBackend, organisation_id: int) -> Limits:
    limits = backend.sims.limits
    chosen = limits.of(organisation_id)

    def shown(service: str, name: str) -> Limit:
        return Limit(**chosen[name], options=[Option(**row) for row in limits.options(service)])

    return Limits(
        data=shown(DATA, "data"), sms_mt=shown(SMS_MT, "smsMt"), sms_mo=shown(SMS_MO, "smsMo")
    )
