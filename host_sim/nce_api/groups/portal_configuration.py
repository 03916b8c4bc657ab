"""`session.portal`: the configuration of an organisation."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page
from nce_api.models.portal_configuration import (
    AddedVpn,
    ApnChange,
    BreakoutChange,
    DataStream,
    Forwarder,
    ForwarderChange,
    LimitsChange,
    MonthlyLimits,
    NetworkSettings,
    NewStream,
    NewVpn,
    Switch,
    Vpn,
)


class PortalConfiguration(Group[M]):
    """What holds for all SIMs of the organisation, and where its data goes."""

    @call("portal.settings")
    def settings(self) -> Call[NetworkSettings]:
        """What is set for all SIMs."""
        return Call()

    @call("portal.set_breakout")
    def set_breakout(self, change: BreakoutChange) -> Call[NetworkSettings]:
        """Where new sessions meet the internet."""
        return Call(body=change)

    @call("portal.set_apn")
    def set_apn(self, apn: str | None) -> Call[NetworkSettings]:
        """A custom APN beside the usual one; None ends it."""
        return Call(body=ApnChange(apn=apn))

    @call("portal.limits")
    def limits(self) -> Call[MonthlyLimits]:
        """The monthly limits of all SIMs, and what can be chosen."""
        return Call()

    @call("portal.set_limits")
    def set_limits(self, change: LimitsChange) -> Call[MonthlyLimits]:
        """Set the monthly limits of all SIMs."""
        return Call(body=change)

    @call("portal.set_imei_lock")
    def set_imei_lock(self, enabled: bool) -> Call[None]:
        """Lock each SIM to the device of its next attach, or unlock all."""
        return Call(body=Switch(enabled=enabled))

    @call("portal.lock_new_sims")
    def lock_new_sims(self, enabled: bool) -> Call[NetworkSettings]:
        """Whether SIMs of future orders are locked to their first devices."""
        return Call(body=Switch(enabled=enabled))

    @call("portal.top_up_new_sims")
    def top_up_new_sims(self, enabled: bool) -> Call[NetworkSettings]:
        """Whether SIMs of future orders top themselves up."""
        return Call(body=Switch(enabled=enabled))

    @call("portal.streams")
    def streams(self) -> Call[list[DataStream]]:
        """The streams of data, the oldest first."""
        return Call()

    @call("portal.add_stream")
    def add_stream(self, stream: NewStream) -> Call[DataStream]:
        """Make a stream; it is active at once."""
        return Call(body=stream)

    @call("portal.start_stream")
    def start_stream(self, stream_id: str) -> Call[DataStream]:
        """Go on with a stopped stream."""
        return Call(stream_id)

    @call("portal.stop_stream")
    def stop_stream(self, stream_id: str) -> Call[DataStream]:
        """Send nothing until the stream is started."""
        return Call(stream_id)

    @call("portal.restart_stream")
    def restart_stream(self, stream_id: str) -> Call[DataStream]:
        """Go on with a failed stream."""
        return Call(stream_id)

    @call("portal.delete_stream")
    def delete_stream(self, stream_id: str) -> Call[None]:
        """Delete a stream, and what waits for it."""
        return Call(stream_id)

    @call("portal.sms_forwarder")
    def sms_forwarder(self) -> Call[Forwarder]:
        """Where messages of SIMs are sent."""
        return Call()

    @call("portal.set_sms_forwarder")
    def set_sms_forwarder(self, url: str) -> Call[Forwarder]:
        """Send messages of SIMs there from now on."""
        return Call(body=ForwarderChange(url=url))

    @call("portal.delete_sms_forwarder")
    def delete_sms_forwarder(self) -> Call[None]:
        """Forward nothing more."""
        return Call()

    @page("portal.vpns")
    def vpns(self, *, page: int = 1, page_size: int = 25) -> Pages[Vpn]:
        """One page of the VPN configurations and requests, the oldest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_vpn")
    def add_vpn(self, vpn: NewVpn) -> Call[AddedVpn]:
        """Enrol for OpenVPN, whose token is told here alone; or ask for another kind."""
        return Call(body=vpn)

    @call("portal.vpn_client_file")
    def vpn_client_file(self) -> Call[str]:
        """The configuration of the OpenVPN client."""
        return Call()

    @call("portal.delete_vpn")
    def delete_vpn(self, vpn_id: str) -> Call[None]:
        """Delete a configuration or a request."""
        return Call(vpn_id)
