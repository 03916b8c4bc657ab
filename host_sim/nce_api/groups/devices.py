"""`client.devices`: endpoints, keys and actions of devices."""

from typing import Literal

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page, pages
from nce_api.models.actions import (
    AcceptedAction,
    AcceptedBulkAction,
    Action,
    ActionState,
    CancelledAction,
    CoapAction,
    CoapBulkAction,
    Lwm2mAction,
    Lwm2mBulkAction,
    Protocol,
    UdpAction,
    UdpBulkAction,
)
from nce_api.models.inspect import DeviceStatistics
from nce_api.models.integrate import (
    Endpoint,
    EndpointSummary,
    EndpointUpdate,
    KeyJob,
    KeyProtocol,
    NewKeyJob,
    NewPreSharedKey,
    PreSharedKey,
)


class Devices(Group[M]):
    """Endpoints, keys and actions of devices."""

    @pages("devices.endpoints")
    def endpoints(self) -> Pages[EndpointSummary]:
        """The protocols that devices send by."""
        return Pages()

    @call("devices.endpoint")
    def endpoint(self, protocol: Protocol) -> Call[Endpoint]:
        """One protocol with its switches."""
        return Call(protocol)

    @call("devices.update_endpoint")
    def update_endpoint(self, protocol: Protocol, update: EndpointUpdate) -> Call[Endpoint]:
        """Set the switches of one protocol."""
        return Call(protocol, body=update)

    @pages("devices.actions")
    def actions(
        self,
        *,
        page_size: int | None = None,
        device_id: str | None = None,
        protocol: Protocol | None = None,
        status: ActionState | None = None,
        sort: Literal["created", "-created", "updated", "-updated"] | None = None,
    ) -> Pages[Action]:
        """Actions of the last days; 1NCE asks to use the active or the archived ones."""
        return Pages(
            query={
                "pageSize": page_size,
                "deviceId": device_id,
                "protocol": protocol,
                "status": status,
                "sort": sort,
            }
        )

    @page("devices.active_actions")
    def active_page(
        self,
        *,
        page: int = 1,
        page_size: int = 10,
        device_id: str | None = None,
        protocol: Protocol | None = None,
        status: ActionState | None = None,
        sort: Literal["created", "-created", "updated", "-updated"] | None = None,
    ) -> Pages[Action]:
        """One page of actions that are not done yet, and how many pages there are."""
        return Pages(
            query={
                "page": page,
                "pageSize": page_size,
                "deviceId": device_id,
                "protocol": protocol,
                "status": status,
                "sort": sort,
            }
        )

    @pages("devices.active_actions")
    def active_actions(
        self,
        *,
        page_size: int | None = None,
        device_id: str | None = None,
        protocol: Protocol | None = None,
        status: ActionState | None = None,
        sort: Literal["created", "-created", "updated", "-updated"] | None = None,
    ) -> Pages[Action]:
        """Actions that are not done yet."""
        return Pages(
            query={
                "pageSize": page_size,
                "deviceId": device_id,
                "protocol": protocol,
                "status": status,
                "sort": sort,
            }
        )

    @page("devices.archived_actions")
    def archived_page(
        self,
        *,
        page: int = 1,
        page_size: int = 10,
        device_id: str | None = None,
        protocol: Protocol | None = None,
        status: ActionState | None = None,
        sort: Literal["created", "-created", "updated", "-updated"] | None = None,
    ) -> Pages[Action]:
        """One page of actions that are done, and how many pages there are."""
        return Pages(
            query={
                "page": page,
                "pageSize": page_size,
                "deviceId": device_id,
                "protocol": protocol,
                "status": status,
                "sort": sort,
            }
        )

    @pages("devices.archived_actions")
    def archived_actions(
        self,
        *,
        page_size: int | None = None,
        device_id: str | None = None,
        protocol: Protocol | None = None,
        status: ActionState | None = None,
        sort: Literal["created", "-created", "updated", "-updated"] | None = None,
    ) -> Pages[Action]:
        """Actions that are done, of the last seven days."""
        return Pages(
            query={
                "pageSize": page_size,
                "deviceId": device_id,
                "protocol": protocol,
                "status": status,
                "sort": sort,
            }
        )

    @call("devices.cancel_actions")
    def cancel_actions(self, device_id: str) -> Call[list[CancelledAction]]:
        """Cancel all actions of a device."""
        return Call(device_id)

    @call("devices.cancel_action")
    def cancel_action(self, request_id: str) -> Call[CancelledAction]:
        """Cancel one action."""
        return Call(request_id)

    @call("devices.action")
    def action(self, request_id: str) -> Call[Action]:
        """One action."""
        return Call(request_id)

    @call("devices.set_presharedkey")
    def set_presharedkey(self, device_id: str, key: NewPreSharedKey) -> Call[PreSharedKey]:
        """`set_key` by the older path."""
        return Call(device_id, body=key)

    @pages("devices.presharedkey_jobs")
    def presharedkey_jobs(self) -> Pages[KeyJob]:
        """`key_jobs` by the older path."""
        return Pages()

    @call("devices.set_presharedkeys")
    def set_presharedkeys(self, keys: NewKeyJob) -> Call[None]:
        """`set_keys` by the older path."""
        return Call(body=keys)

    @call("devices.set_key")
    def set_key(self, device_id: str, key: NewPreSharedKey) -> Call[PreSharedKey]:
        """Set a device's pre-shared key."""
        return Call(device_id, body=key)

    @call("devices.key")
    def key(self, device_id: str, protocol: KeyProtocol) -> Call[PreSharedKey]:
        """A device's pre-shared key."""
        return Call(device_id, protocol)

    @pages("devices.key_jobs")
    def key_jobs(self) -> Pages[KeyJob]:
        """How far keys that were set in bulk are."""
        return Pages()

    @call("devices.set_keys")
    def set_keys(self, keys: NewKeyJob) -> Call[None]:
        """Set the keys of up to 5000 devices; it is queued."""
        return Call(body=keys)

    @call("devices.send_lwm2m")
    def send_lwm2m(self, device_id: str, action: Lwm2mAction) -> Call[AcceptedAction]:
        """Read, write, execute or observe a resource of a device."""
        return Call(device_id, body=action)

    @call("devices.send_lwm2m_to_many")
    def send_lwm2m_to_many(self, action: Lwm2mBulkAction) -> Call[AcceptedBulkAction]:
        """The same on up to 100 devices."""
        return Call(body=action)

    @call("devices.send_coap")
    def send_coap(self, device_id: str, action: CoapAction) -> Call[AcceptedAction]:
        """Send a CoAP request to a device."""
        return Call(device_id, body=action)

    @call("devices.send_coap_to_many")
    def send_coap_to_many(self, action: CoapBulkAction) -> Call[AcceptedBulkAction]:
        """Send a CoAP request to up to 100 devices."""
        return Call(body=action)

    @call("devices.send_udp")
    def send_udp(self, device_id: str, action: UdpAction) -> Call[AcceptedAction]:
        """Send a datagram to a device."""
        return Call(device_id, body=action)

    @call("devices.send_udp_to_many")
    def send_udp_to_many(self, action: UdpBulkAction) -> Call[AcceptedBulkAction]:
        """Send a datagram to up to 100 devices."""
        return Call(body=action)

    @call("devices.send_action")
    def send_action(self, device_id: str, action: Lwm2mAction) -> Call[AcceptedAction]:
        """`send_lwm2m` by the older path."""
        return Call(device_id, body=action)

    @call("devices.statistics")
    def statistics(self) -> Call[DeviceStatistics]:
        """How many devices there are."""
        return Call()
