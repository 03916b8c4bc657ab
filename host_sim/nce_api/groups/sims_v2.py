"""`client.sims_v2`: SIMs, version 2."""

from nce_api.calls import Call, Created, Pages
from nce_api.method import Group, M, call, page, pages
from nce_api.models.events_v2 import RecordedEvent
from nce_api.models.orders import PaymentMethod
from nce_api.models.sims import AutoTopUp, DailyUsage, Extension, Sim
from nce_api.models.sims_v2 import Connectivity, NewSms, Quota, SimUpdate, Sms, SmsId


class SimsV2(Group[M]):
    """SIMs, version 2: for SIMs of both platforms."""

    @pages("sims_v2.list")
    def list(
        self, *, page_size: int | None = None, q: str | None = None, sort: str | None = None
    ) -> Pages[Sim]:
        """SIMs; `q` is such as `imei:…,ip_address:…`, `sort` such as `-ip_address`."""
        return Pages(query={"pageSize": page_size, "q": q, "sort": sort})

    @page("sims_v2.list")
    def one_page(
        self, *, page: int = 1, page_size: int = 25, q: str | None = None, sort: str | None = None
    ) -> Pages[Sim]:
        """One page of SIMs, and how many there are; `q` and `sort` as for `list`."""
        return Pages(query={"page": page, "pageSize": page_size, "q": q, "sort": sort})

    @call("sims_v2.get")
    def get(self, iccid: str) -> Call[Sim]:
        """One SIM."""
        return Call(iccid)

    @call("sims_v2.update")
    def update(self, iccid: str, update: SimUpdate) -> Call[None]:
        """Set one SIM."""
        return Call(iccid, body=update)

    @call("sims_v2.reset")
    def reset(self, iccid: str) -> Call[None]:
        """End a SIM's sessions, so that it attaches again; it is queued."""
        return Call(iccid)

    @call("sims_v2.data_quota")
    def data_quota(self, iccid: str) -> Call[Quota]:
        """What is left of the data volume."""
        return Call(iccid)

    @call("sims_v2.sms_quota")
    def sms_quota(self, iccid: str) -> Call[Quota]:
        """What is left of the SMS."""
        return Call(iccid)

    @call("sims_v2.status")
    def status(self, iccid: str) -> Call[Connectivity]:
        """Whether a SIM is attached, and its sessions."""
        return Call(iccid)

    @call("sims_v2.send_sms")
    def send_sms(self, iccid: str, sms: NewSms) -> Call[SmsId]:
        """Send an SMS to a SIM."""
        return Call(iccid, body=sms)

    @pages("sims_v2.list_sms")
    def list_sms(self, iccid: str, *, page_size: int | None = None) -> Pages[Sms]:
        """SMS to and from a SIM."""
        return Pages(iccid, query={"per_page": page_size})

    @call("sims_v2.get_sms")
    def get_sms(self, iccid: str, sms_id: int | str) -> Call[Sms]:
        """One SMS."""
        return Call(iccid, sms_id)

    @call("sims_v2.cancel_sms")
    def cancel_sms(self, iccid: str, sms_id: int | str) -> Call[SmsId]:
        """Cancel an SMS that is not delivered yet."""
        return Call(iccid, sms_id)

    @pages("sims_v2.events")
    def events(self, iccid: str, *, page_size: int | None = None) -> Pages[RecordedEvent]:
        """Events of a SIM, of the last seven days."""
        return Pages(iccid, query={"pageSize": page_size})

    @call("sims_v2.top_up")
    def top_up(self, iccid: str, *, payment_method: PaymentMethod | None = None) -> Call[Created]:
        """Order more volume for one SIM."""
        return Call(iccid, query={"payment_method": payment_method})

    @call("sims_v2.set_auto_top_up")
    def set_auto_top_up(self, auto_top_up: AutoTopUp) -> Call[None]:
        """Have SIMs topped up by themselves, or no more."""
        return Call(body=auto_top_up)

    @call("sims_v2.extend")
    def extend(
        self, extension: Extension, *, payment_method: PaymentMethod | None = None
    ) -> Call[None]:
        """Order a longer lifetime for SIMs."""
        return Call(body=extension, query={"payment_method": payment_method})

    @call("sims_v2.usage")
    def usage(
        self, iccid: str, *, start: str | None = None, end: str | None = None
    ) -> Call[DailyUsage]:
        """Traffic day by day; days as `2026-11-30`, six months at most."""
        return Call(iccid, query={"start_dt": start, "end_dt": end})
