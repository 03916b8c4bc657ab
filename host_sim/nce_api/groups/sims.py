"""`client.sims`: SIMs, version 1."""

from nce_api.calls import Call, Created, Pages
from nce_api.method import Group, M, call, pages
from nce_api.models.orders import PaymentMethod
from nce_api.models.sims import (
    AutoTopUp,
    Connectivity,
    ConnectivityInfo,
    DailyUsage,
    Event,
    Extension,
    LimitedService,
    Limits,
    LimitsUpdate,
    NewSms,
    Quota,
    Sim,
    SimTransfer,
    SimUpdate,
    SimUpdates,
    Sms,
    TopUpIccids,
)


class Sims(Group[M]):
    """SIMs, version 1: for SIMs of platform 1.0, until 2026-12-31."""

    @pages("sims.list")
    def list(
        self, *, page_size: int | None = None, q: str | None = None, sort: str | None = None
    ) -> Pages[Sim]:
        """SIMs; `q` is such as `imei:…,ip_address:…`, `sort` such as `-ip_address`."""
        return Pages(query={"pageSize": page_size, "q": q, "sort": sort})

    @call("sims.update_many")
    def update_many(self, updates: SimUpdates) -> Call[None]:
        """Set several SIMs; it is queued."""
        return Call(body=updates)

    @call("sims.get")
    def get(self, iccid: str) -> Call[Sim]:
        """One SIM."""
        return Call(iccid)

    @call("sims.update")
    def update(self, update: SimUpdate) -> Call[None]:
        """Set one SIM."""
        return Call(update.iccid, body=update)

    @call("sims.status")
    def status(self, iccid: str) -> Call[Connectivity]:
        """Whether a SIM is attached and has a session."""
        return Call(iccid)

    @call("sims.transfer")
    def transfer(self, transfer: SimTransfer) -> Call[None]:
        """Move SIMs to another organisation of the same customer."""
        return Call(body=transfer)

    @call("sims.connectivity_info")
    def connectivity_info(
        self, iccid: str, *, subscriber: bool | None = None, ussd: bool | None = None
    ) -> Call[ConnectivityInfo]:
        """What the visited network says about a SIM (2G and 3G)."""
        return Call(iccid, query={"subscriber": subscriber, "ussd": ussd})

    @call("sims.reset")
    def reset(self, iccid: str) -> Call[None]:
        """End a SIM's sessions, so that it attaches again; it is queued."""
        return Call(iccid)

    @pages("sims.events")
    def events(
        self, iccid: str, *, page_size: int | None = None, sort: str | None = None
    ) -> Pages[Event]:
        """Events of a SIM, of the last seven days."""
        return Pages(iccid, query={"pageSize": page_size, "sort": sort})

    @call("sims.usage")
    def usage(
        self, iccid: str, *, start: str | None = None, end: str | None = None
    ) -> Call[DailyUsage]:
        """Traffic day by day; days as `2026-11-30`, six months at most."""
        return Call(iccid, query={"start_dt": start, "end_dt": end})

    @call("sims.data_quota")
    def data_quota(self, iccid: str) -> Call[Quota]:
        """What is left of the data volume."""
        return Call(iccid)

    @call("sims.sms_quota")
    def sms_quota(self, iccid: str) -> Call[Quota]:
        """What is left of the SMS."""
        return Call(iccid)

    @pages("sims.list_sms")
    def list_sms(
        self, iccid: str, *, page_size: int | None = None, sort: str | None = None
    ) -> Pages[Sms]:
        """SMS to and from a SIM."""
        return Pages(iccid, query={"pageSize": page_size, "sort": sort})

    @call("sims.send_sms")
    def send_sms(self, iccid: str, sms: NewSms) -> Call[Created]:
        """Send an SMS to a SIM."""
        return Call(iccid, body=sms)

    @call("sims.get_sms")
    def get_sms(self, iccid: str, sms_id: int | str) -> Call[Sms]:
        """One SMS."""
        return Call(iccid, sms_id)

    @call("sims.cancel_sms")
    def cancel_sms(self, iccid: str, sms_id: int | str) -> Call[None]:
        """Cancel an SMS that is not delivered yet."""
        return Call(iccid, sms_id)

    @call("sims.top_up")
    def top_up(self, iccid: str, *, payment_method: PaymentMethod | None = None) -> Call[Created]:
        """Order more volume for one SIM."""
        return Call(iccid, query={"payment_method": payment_method})

    @call("sims.top_up_many")
    def top_up_many(
        self, iccids: TopUpIccids, *, payment_method: PaymentMethod | None = None
    ) -> Call[Created]:
        """Order more volume for several SIMs."""
        return Call(body=iccids, query={"payment_method": payment_method})

    @call("sims.set_auto_top_up")
    def set_auto_top_up(self, auto_top_up: AutoTopUp) -> Call[None]:
        """Have SIMs topped up by themselves, or no more."""
        return Call(body=auto_top_up)

    @call("sims.limits")
    def limits(self) -> Call[Limits]:
        """The monthly limits of all SIMs."""
        return Call()

    @call("sims.set_limits")
    def set_limits(self, limits: LimitsUpdate) -> Call[None]:
        """Set the monthly limits of all SIMs."""
        return Call(body=limits)

    @call("sims.selectable_limits")
    def selectable_limits(self, service: LimitedService) -> Call[Limits]:
        """The monthly limits that can be chosen."""
        return Call(service)

    @call("sims.extend")
    def extend(
        self, extension: Extension, *, payment_method: PaymentMethod | None = None
    ) -> Call[None]:
        """Order a longer lifetime for SIMs."""
        return Call(body=extension, query={"payment_method": payment_method})
