"""Each operation of the Management API once, in an order in which every one succeeds.

for row in ROWS:
    answer = await client.request(row.operation.method, **row.request(known))
    row.keep(answer, known)

Bodies are written as 1NCE's examples have them. A text of braces alone, such as "{iccid}", stands
for what is known by that name; so do the parameters of a path. `furnished` knows the first names;
what an operation makes is known to those after it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from nce_api.operations import Operation, find

Known = dict[str, Any]
_NAME = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Row:
    """One request: the operation's name, what is in it, and what its answer makes known."""

    name: str
    body: Any = None
    query: Mapping[str, Any] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)  # names other than the parameter's own
    makes: Mapping[str, Callable[[httpx.Response], Any]] = field(default_factory=dict)

    @property
    def operation(self) -> Operation:
        return find(self.name)

    @property
    def names(self) -> set[str]:
        """What must be known before."""
        own = {self.path.get(name, "{%s}" % name) for name in self.operation.path_parameters}
        return _names([self.body, dict(self.query), sorted(own)])

    def request(self, known: Known) -> dict[str, Any]:
        """The keywords `url`, `json` and `params` of httpx."""
        operation = self.operation
        values = {
            name: filled(self.path.get(name, "{%s}" % name), known)
            for name in operation.path_parameters
        }
        keywords: dict[str, Any] = {"url": operation.path.format(**values)}
        if self.body is not None:
            keywords["json"] = filled(self.body, known)
        if self.query:
            keywords["params"] = filled(self.query, known)
        return keywords

    def keep(self, answer: httpx.Response, known: Known) -> None:
        """Learn what the operation made."""
        for name, told in self.makes.items():
            known[name] = told(answer)


def filled(value: Any, known: Known) -> Any:
    """`value` with what is known in place of its names."""
    if isinstance(value, str):
        match = _NAME.fullmatch(value)
        return known[match[1]] if match else value
    if isinstance(value, Mapping):
        return {name: filled(item, known) for name, item in value.items()}
    return [filled(item, known) for item in value] if isinstance(value, list) else value


def _names(value: Any) -> set[str]:
    if isinstance(value, str):
        match = _NAME.fullmatch(value)
        return {match[1]} if match else set()
    if isinstance(value, Mapping):
        value = list(value.values())
    return set().union(*map(_names, value)) if isinstance(value, list) else set()


def _id(answer: httpx.Response) -> str:
    return str(answer.json()["id"])


def _last_of_location(answer: httpx.Response) -> int:
    return int(answer.headers["Location"].rpartition("/")[2])


ADDRESS = {
    "salutation": "1",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "company": "Engines",
    "street": "Sternengasse",
    "house_number": "14",
    "zip": "50676",
    "city": "Cologne",
    "country": "DE",
}
SMS = {
    "source_address": "1234567890",
    "payload": "This is a SMS message.",
    "dcs": 0,
    "source_address_type": {"id": 145},
}
CHANGE = {"iccid": "{iccid}", "label": "DX-137-B12", "imei_lock": False, "status": "Enabled"}
KEY = {"protocol": "COAP", "secretKey": "custom-pre-shared-key", "format": "STRING"}
JOB = [{**KEY, "deviceId": "{deviceId}"}]
UDP = {
    "payload": "enable_sensor",
    "payloadType": "STRING",
    "port": 3000,
    "requestMode": "SEND_WHEN_ACTIVE",
}
COAP = {**UDP, "path": "example?param1=query_param_example", "requestType": "POST"}
LWM2M = {"action": "read", "resourceAddress": "/3/0/1", "requestMode": "SEND_WHEN_ACTIVE"}
MANY = {"deviceIds": ["{deviceId}"]}
TEMPLATE = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
EVENTS = [{"type": "TELEMETRY_DATA", "version": "1.0.0"}]
SPAN = {
    "startDateTime": "2022-03-07T08:51:29.015Z",
    "endDateTime": "2022-03-08T08:51:29.015Z",
}
SQUARE = [[[6.9, 50.9], [7.0, 50.9], [7.0, 51.0], [6.9, 51.0], [6.9, 50.9]]]
PAGE = {"page": 1, "pageSize": 10}

ACCOUNT = (
    Row("products.list"),
    Row(
        "orders.create",
        {
            "products": [{"productId": 1001, "quantity": 1}],
            "delivery_address": ADDRESS,
            "customer_reference": "PO 7",
        },
        makes={"order_number": _last_of_location},
    ),
    Row("orders.list", query={**PAGE, "sort": "order_number"}),
    Row("orders.get"),
    Row(
        "support.create",
        {
            "replyToMail": "e-mail@address.com",
            "senderName": "Hans Mustermann",
            "subject": "Connectivity Issue",
            "text": "Custom Text",
        },
    ),
    Row("support.list", query=PAGE),
)

SIMS = (
    Row("sims.list", query={**PAGE, "sort": "ip_address,-imei"}),
    Row("sims.update_many", [CHANGE]),
    Row("sims.get"),
    Row("sims.update", CHANGE),
    Row("sims.status"),
    Row("sims.connectivity_info", query={"subscriber": "true", "ussd": "false"}),
    Row("sims.events", query=PAGE),
    Row("sims.usage", query={"start_dt": "2026-01-01", "end_dt": "2026-01-02"}),
    Row("sims.data_quota"),
    Row("sims.sms_quota"),
    Row("sims.send_sms", SMS, makes={"id": _last_of_location}),
    Row("sims.list_sms", query=PAGE),
    Row("sims.get_sms"),
    Row("sims.cancel_sms"),
    Row("sims.top_up"),
    Row("sims.top_up_many", ["{iccid}"]),
    Row("sims.set_auto_top_up", {"enabled": True, "iccids": ["{iccid}"]}),
    Row("sims.limits"),
    Row("sims.set_limits", {"dataLimitId": 1, "smsMtLimitId": 1, "smsMoLimitId": 1}),
    Row("sims.selectable_limits", path={"service": "data"}),
    Row("sims.extend", {"iccids": ["{iccid}"]}),
    Row("sims.reset"),
    Row("sims.transfer", {"target_organisation": "{branch}", "iccids": ["{transferred}"]}),
    Row("sims_v2.list", query={**PAGE, "sort": "ip_address,-imei"}),
    Row("sims_v2.get"),
    Row("sims_v2.update", CHANGE),
    Row("sims_v2.data_quota"),
    Row("sims_v2.sms_quota"),
    Row("sims_v2.status"),
    Row("sims_v2.send_sms", SMS, makes={"id": _id}),
    Row("sims_v2.list_sms", query={"page": 1, "per_page": 20}),
    Row("sims_v2.get_sms"),
    Row("sims_v2.cancel_sms"),
    Row("sims_v2.events", query=PAGE),
    Row("sims_v2.top_up"),
    Row("sims_v2.reset"),
    Row("sims_v2.set_auto_top_up", {"enabled": False, "iccids": ["{iccid}"]}),
    Row("sims_v2.extend", {"iccids": ["{iccid}"]}),
    Row("sims_v2.usage", query={"start_dt": "2026-01-01", "end_dt": "2026-01-02"}),
)

DEVICES = (
    Row("devices.endpoints"),
    Row("devices.endpoint", path={"protocol": "COAP"}),
    Row(
        "devices.update_endpoint",
        {"active": True, "settings": [{"name": "LWM2M_PASSIVE_REPORTING", "state": "ENABLED"}]},
        path={"protocol": "LWM2M"},
    ),
    Row("devices.set_presharedkey", KEY),
    Row("devices.set_presharedkeys", JOB),
    Row("devices.presharedkey_jobs"),
    Row("devices.set_key", KEY),
    Row("devices.set_keys", JOB),
    Row("devices.key_jobs"),
    Row("devices.key", path={"protocol": "COAP"}),
    Row("devices.send_lwm2m", LWM2M),
    Row("devices.send_lwm2m_to_many", {**LWM2M, **MANY}),
    Row("devices.send_action", LWM2M),
    Row("devices.send_coap", COAP),
    Row("devices.send_coap_to_many", {**COAP, **MANY}),
    Row("devices.send_udp_to_many", {**UDP, **MANY}),
    Row("devices.send_udp", UDP, makes={"requestId": _id}),
    Row("devices.actions", query={**PAGE, "sort": "-created"}),
    Row("devices.active_actions", query={"deviceId": "{deviceId}", "protocol": "UDP"}),
    Row("devices.archived_actions", query=PAGE),
    Row("devices.action"),
    Row("devices.cancel_action"),
    Row("devices.cancel_actions"),
    Row("devices.statistics"),
)

MESSAGES = (
    Row("inspector.list", query={**PAGE, "sort": "-ip"}),
    Row("inspector.get"),
    Row("inspector.state", query={"protocol": "UDP"}),
    Row("inspector.history", query={"pageSize": 10, "protocol": "UDP"}),
    Row("inspector.history_of_all", query={"deviceId": "{deviceId}", "pageSize": 10}),
    Row("inspector.insights", query={**SPAN, "interval": "1d"}),
    Row("inspector.insights_of_all", query={"iccid": "{iccid}", "interval": "1d"}),
    Row("templates.test", {"template": TEMPLATE, "payload": "Kg=="}),
    Row("templates.savings", query={"range": "7", "protocol": "UDP", "iccid": "{iccid}"}),
    Row(
        "templates.create",
        {"name": "tank", "template": TEMPLATE, "protocolFilter": ["COAP"], "status": "ACTIVE"},
        makes={"newTemplate": _id},
    ),
    Row("templates.list"),
    Row("templates.update", {"name": "other name"}),
    Row("templates.delete", path={"templateId": "{newTemplate}"}),
)

PLACES = (
    Row("locator.positions", query={"page": 1, "source": "GPS", "mode": "ALL"}),
    Row("locator.latest", query={"deviceId": "{deviceId}", "longitudeFrom": -20.5}),
    Row("locator.activity", query=SPAN),
    Row(
        "locator.create_geofence",
        {
            "name": "depot",
            "type": "polygon",
            "coordinates": SQUARE,
            "eventTypes": ["ENTER", "EXIT"],
            "eventSources": ["CellTower", "GPS"],
            "deviceId": "{deviceId}",
        },
        makes={"geofenceId": _id},
    ),
    Row("locator.geofences", query=PAGE),
    Row("locator.geofence"),
    Row("locator.update_geofence", {"name": "yard"}),
    Row("locator.delete_geofence"),
)

CLOUDS = (
    Row("clouds.event_types"),
    Row("clouds.aws_parameters"),
    Row("clouds.create_aws", {"name": "aws", "eventTypes": EVENTS, "jsonPayloadEnabled": True}),
    Row(
        "clouds.create_webhook",
        {
            "name": "webhook",
            "url": "https://www.example.com",
            "headers": {"x-api-key": "secret"},
            "eventTypes": EVENTS,
            "jsonPayloadEnabled": True,
        },
        makes={"integrationId": _id},
    ),
    Row("clouds.list"),
    Row("clouds.get"),
    Row("clouds.update", {"eventTypes": [{"type": "ERROR", "version": "1.0.0"}]}),
    Row("clouds.update_webhook", {"jsonPayloadEnabled": False}),
    Row("clouds.test_webhook"),
    Row("clouds.restart_webhook", path={"integrationId": "{failedWebhook}"}),
    Row("clouds.test_aws", path={"integrationId": "{failedAws}"}),
    Row("clouds.restart_aws", path={"integrationId": "{failedAws}"}),
    Row("clouds.delete"),
    Row("plugins.restart", path={"pluginId": "{failedPlugin}"}),
    Row("plugins.get", path={"pluginId": "{failedPlugin}"}),
    Row("plugins.uninstall", path={"pluginId": "{failedPlugin}"}),
    Row(
        "plugins.install_tartabit",
        {"serverDomain": "bridge-us.tartabit.com", "webhookKey": "webhook-secret-0042"},
        makes={"pluginId": _id},
    ),
    Row(
        "plugins.install_datacake",
        {"workspaceId": "abcdef12-0000-0000-ab12-123456789012"},
    ),
    Row("plugins.install_mender", {"tenantToken": "tenant-0815"}),
    Row("plugins.install_memfault", {}),
    Row("plugins.list"),
)

REST = (
    Row("settings.accept", {"accepted": True}),
    Row("settings.list", query={**PAGE, "language": "en"}),
    Row(
        "settings.set",
        {"state": "ENABLED", "readAndAcceptedDisclaimer": True},
        path={"name": "LWM2M_PASSIVE_REPORTING"},
    ),
    Row("logs.list", query={**PAGE, "q": "category:error"}),
    Row("logs.statistics", query={"timezone": "Europe/Berlin", "category": "error"}),
    Row("logs.payload"),
)

TOKEN = Row("token.get", {"grant_type": "client_credentials"})
ROWS = (TOKEN, *ACCOUNT, *SIMS, *DEVICES, *MESSAGES, *PLACES, *CLOUDS, *REST)
