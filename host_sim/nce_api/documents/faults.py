"""The one list of what is wrong in 1NCE's documents, and what is done about it here.

    from nce_api.documents.faults import FAULTS, RULES, UNLISTED, judged, repaired
    repaired("1nce-os")                        # the document without these faults
    judged("1nce-os")                          # and with the statuses that any operation may have

A judge that measures an answer by a document takes the last one, and lets the operations of
`RULES` refuse what is valid by their schemas alone. There are no other exceptions.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from nce_api.documents import load

UNLISTED: dict[int, str] = {
    400: "a value breaks the rules; 28 of 72 operations of 1NCE OS and most of the others lack it",
    401: "no token, or one that is not valid; 19 of 72 of 1NCE OS and 12 of 13 of SIMs v2 lack it",
    403: "the caller may not do this; 6 of 72 of 1NCE OS and 12 of 13 of SIMs v2 lack it",
    405: "the path has no such method; in no document",
    413: "the body is too large; in no document",
    415: "the body is neither JSON nor what the document names; in no document",
    429: "too many requests, with `Retry-After`; in no document, but on the page of rate limits",
    503: "the service is down, or busy; in no document",
}
"""Statuses that any operation may answer with, though its document does not list them."""

_SORT = "`sort` and `q` are names in the text, with values; any text in the schema"
_SIMS = (
    "one SIM at least, and what a body names must be there; everything is optional in the schema"
)
_SMS = "a payload must be there, fit its coding, and expire in the future"
_SAME = "the ICCID of the body is that of the path"
_ID = "an id is an ICCID, and a time one of ISO 8601; any text in the schema"
_PAGES = "[U] 100 or 50 items a page at most; the schema has no maximum"
_ACTION = "base64 must be base64, and data belongs to the action write alone"
_KEY = "a key is printable ASCII, or hexadecimal digits in pairs; any text in the schema"
_TEMPLATE = "a template is a JSON text that compiles; any text in the schema"
_URL = "a target is a public https URL, and its headers are headers"

RULES: dict[str, str] = {
    "token.get": "[D] 400 without credentials, or with wrong ones",
    "orders.list": _SORT,
    "orders.create": "a line has a product that is sold, and an address its town",
    "support.create": "a request has a subject and a text; both are optional in the schema",
    "sims.list": _SORT,
    "sims.list_sms": _SORT,
    "sims.events": _SORT,
    "sims.usage": "a time is one of ISO 8601; any text in the schema",
    "sims.update_many": _SIMS,
    "sims.update": _SAME,
    "sims.transfer": _SIMS,
    "sims.send_sms": _SMS,
    "sims.cancel_sms": "the SMS waits",
    "sims.top_up": "the account has the payment method",
    "sims.top_up_many": _SIMS,
    "sims.set_auto_top_up": _SIMS,
    "sims.set_limits": "a limit's id is one that is listed",
    "sims.extend": _SIMS,
    "sims_v2.list": _SORT,
    "sims_v2.update": _SAME,
    "sims_v2.send_sms": _SMS,
    "sims_v2.cancel_sms": "the SMS waits",
    "sims_v2.top_up": "the account has the payment method",
    "devices.update_endpoint": "an endpoint has the settings that it shows",
    "devices.actions": _PAGES,
    "devices.active_actions": _PAGES,
    "devices.archived_actions": _PAGES,
    "devices.set_presharedkey": _KEY,
    "devices.set_presharedkeys": _KEY,
    "devices.set_key": _KEY,
    "devices.set_keys": _KEY,
    "devices.send_lwm2m": _ACTION,
    "devices.send_lwm2m_to_many": _ACTION,
    "devices.send_action": _ACTION,
    "devices.send_coap": _ACTION,
    "devices.send_coap_to_many": _ACTION,
    "devices.send_udp": _ACTION,
    "devices.send_udp_to_many": _ACTION,
    "templates.test": "the payload is base64, the template compiles",
    "templates.create": _TEMPLATE,
    "templates.update": _TEMPLATE,
    "templates.savings": _ID,
    "inspector.list": _SORT,
    "inspector.state": _ID,
    "inspector.history": _ID,
    "inspector.history_of_all": _ID,
    "inspector.insights": _ID,
    "inspector.insights_of_all": _ID,
    "locator.positions": _ID,
    "locator.latest": _ID,
    "locator.activity": _ID,
    "locator.create_geofence": "a polygon whose lines do not cross, credits, a device",
    "locator.update_geofence": "a name has 1 to 50 characters; 0 in the schema",
    "clouds.create_aws": "an event type has the version that is listed",
    "clouds.update": _URL,
    "clouds.create_webhook": _URL,
    "clouds.update_webhook": _URL,
    "plugins.install_mender": "a pair of keys is a pair of PEM keys",
    "plugins.install_tartabit": "the domain is a host's name",
    "logs.list": _SORT,
    "logs.statistics": "the time zone is one of the IANA list; any text in the schema",
    "logs.payload": "a log's id is a KSUID: 27 letters and digits",
    "settings.set": "[D] some settings need credits, or a disclaimer that was accepted",
    "settings.list": _PAGES,
}
"""Operations by name, and the rule for which one may refuse what its schema allows."""

REMOVED = object()
"""In a repair: the entry goes."""


@dataclass(frozen=True)
class Fault:
    """What is wrong, where, and what is done here.

    `operations`: their names in the table; empty for all of the document. `repairs`: JSON
    pointers into the document and what stands there after the repair.
    """

    document: str
    operations: tuple[str, ...]
    wrong: str
    ours: str
    repairs: tuple[tuple[str, Any], ...] = ()


def _each(pointers: tuple[str, ...], value: Any) -> tuple[tuple[str, Any], ...]:
    return tuple((pointer, value) for pointer in pointers)


_METHODS = ("get", "post", "put", "patch", "delete")
_S = "/components/schemas/"
_FENCES = ("CreatePolygonGeofence", "PolygonGeofenceData", "postGeofenceResponseschema_oneOf")
_CIRCLES = ("CreateCircleGeofence", "CircleGeofenceData", "postGeofenceResponseschema_oneOf_1")
_PATCHED = ("patchGeofenceResponseschema_oneOf", "patchGeofenceResponseschema_oneOf_1")
_TEMPLATES = (
    "createTranslationTemplateRequestschema",
    "postPatchTranslationTemplatesResponseschema",
    "patchTranslationTemplateRequestschema",
    "getTranslationTemplatesResponseschema_inner",
)
# Their example gives the text "{}" for an object, a placeholder shorter than the rule allows, a
# value twice where all must differ, or one of the faults above.
_EXAMPLES = (
    "getAllResponseschema_1",
    "getActiveResponseschema",
    "getArchivedResponseschema",
    "getResponseschema_1",
    "getAllResponseschema_1_items_inner",
    "getActiveResponseschema_items_inner",
    "getArchivedResponseschema_items_inner",
    "bulkPostschema/properties/deviceIds/items",
    "bulkPostschema_1/properties/deviceIds/items",
    "bulkPostschema_2/properties/deviceIds/items",
    "postPatchTranslationTemplatesResponseschema",
    "getTranslationTemplatesResponseschema_inner",
    "getResponseschema_4",
    "getResponseschema_4/properties/id",
    "getResponseschema_5",
    "getResponseschema_5/properties/id",
    "getResponseschema_8",
    "getResponseschema_8_coordinates_inner",
    "getLatestResponseschema",
    "getLatestResponseschema_coordinates_inner",
    "getResponseschema_9",
    "getResponseschema_9_items_inner",
    "getResponseschema_11",
    "patchResponseschema_1",
    "postResponseschema_5",
    "patchResponseschema_2",
    "getEventTypesResponseschema",
    "getAllGeofenceResponseschema",
    "getResponseschema_10",
    "getEventTypesResponseschema_eventTypes_inner",
    "PolygonGeofenceData",
    "postGeofenceResponseschema_oneOf",
    "patchGeofenceResponseschema_oneOf",
    "badRequestResponse",
    "notFoundResponse",
    "serverErrorResponse",
    "forbiddenResponse",
    "unauthorizedRequestResponse",
    "unprocessableEntityResponse",
    "conflictResponse",
)

FAULTS: tuple[Fault, ...] = (
    Fault(
        "1nce-os",
        ("templates.create", "templates.update", "templates.list"),
        "`protocolFilter` is a list, its default and its example are the text COAP: four times",
        "no default: required when a template is made, unchanged when one is updated",
        _each(
            tuple(_S + name + "/properties/protocolFilter/default" for name in _TEMPLATES), REMOVED
        )
        + _each(
            tuple(_S + name + "/properties/protocolFilter/example" for name in _TEMPLATES), REMOVED
        ),
    ),
    Fault(
        "1nce-os",
        ("settings.list",),
        "`expiryDate` is an object in the schema and a time in the example",
        "a time",
        ((_S + "getResponseschema_10_items_inner_details/properties/expiryDate/type", "string"),),
    ),
    Fault(
        "1nce-os",
        ("locator.create_geofence", "locator.update_geofence", "locator.geofence"),
        "`type` of a geofence is any text in the two forms, so that nothing tells them apart",
        "polygon or circle, as in the list of geofences",
        _each(tuple(_S + name + "/properties/type/enum" for name in _FENCES), ["polygon"])
        + _each(tuple(_S + name + "/properties/type/enum" for name in _CIRCLES), ["circle"])
        + ((_S + _PATCHED[0] + "/properties/type/enum", ["polygon"]),)
        + ((_S + _PATCHED[1] + "/properties/type/enum", ["circle"]),),
    ),
    Fault(
        "1nce-os",
        ("locator.create_geofence", "locator.update_geofence", "locator.geofence")
        + ("locator.geofences",),
        "`deviceId` of a geofence has no type",
        "text, or null for a geofence of all devices",
        tuple(
            (_S + name + "/properties/deviceId/" + key, value)
            for name in ("GenericGeofenceData", *_FENCES, *_CIRCLES, *_PATCHED)
            for key, value in (("type", "string"), ("nullable", True))
        ),
    ),
    Fault(
        "1nce-os",
        ("settings.accept",),
        "`accepted` may be false in the schema; the text says that only true is accepted",
        "400 for false",
        ((_S + "postAgreementsRequestschema/properties/accepted/enum", [True]),),
    ),
    Fault(
        "1nce-os",
        ("devices.send_lwm2m", "devices.send_lwm2m_to_many", "devices.send_action")
        + ("devices.send_coap", "devices.send_coap_to_many"),
        "`sendAttempts` is a number, so that 1.5 attempts are allowed",
        "a whole number: 400 for a fraction",
        tuple(
            (_S + name + "/properties/sendAttempts/type", "integer")
            for name in ("postschema_1", "bulkPostschema", "postschema_2", "bulkPostschema_1")
        ),
    ),
    Fault(
        "1nce-os",
        ("devices.update_endpoint", "templates.test", "settings.accept"),
        "the body is not required, though fields in it are",
        "400 without a body",
        (
            (
                "/paths/~1v1~1integrate~1devices~1endpoints~1{protocol}/patch/requestBody/required",
                True,
            ),
            ("/paths/~1v1~1optimize~1messages~1test/post/requestBody/required", True),
            ("/paths/~1v1~1agreements~11nceos/post/requestBody/required", True),
        ),
    ),
    Fault(
        "1nce-os",
        ("logs.statistics",),
        "`day` is a date in the schema; 1NCE's page shows 2022-03-07T00:00:00.000+0000",
        "as on the page; the client takes both",
        (
            (
                _S
                + "getAdministrationLogsStatisticsResponseschema_administrationLogs_inner"
                + "/properties/day/format",
                REMOVED,
            ),
        ),
    ),
    Fault(
        "1nce-os",
        ("plugins.restart",),
        "the restarted plugin is Datacake's or Tartabit's; nothing is said of the other two",
        "the plugin as it is, of any partner",
    ),
    Fault(
        "1nce-os",
        ("devices.set_keys", "devices.set_presharedkeys"),
        "a key among many has 128 characters at most, a key alone 256",
        "as documented, each",
    ),
    Fault(
        "1nce-os",
        (),
        "examples give the text {} for an object, broken placeholders, a value twice, page 1.08",
        "the schema counts, and pages are whole numbers",
        _each(tuple(_S + name + "/example" for name in _EXAMPLES), REMOVED),
    ),
    Fault(
        "authorization",
        ("token.get",),
        "the schema has userId and scope, the example user_id and score",
        "all four are sent; the client needs none of them",
    ),
    Fault(
        "authorization",
        ("token.get",),
        "`grant_type` may be any text",
        "client_credentials: 400 for another",
        (
            (
                "/paths/~1oauth~1token/post/requestBody/content/application~1json/schema/properties"
                "/grant_type/enum",
                ["client_credentials"],
            ),
        ),
    ),
    Fault(
        "authorization",
        ("token.get",),
        "a request without credentials is 400; HTTP has 401 for it (RFC 9110, 15.5.2)",
        "400, as documented",
    ),
    Fault(
        "authorization",
        ("token.get",),
        "form bodies, which clients send, are not mentioned",
        "JSON and form are taken; the client sends JSON",
    ),
    Fault(
        "sim-management",
        (),
        "401, 403, 404 and 422 have no body",
        "`message`, as the top-ups' 400 has it",
    ),
    Fault(
        "sim-management",
        ("sims.send_sms",),
        "201 has no body and no header; 1NCE sends the new SMS in `Location`",
        "`Location`",
    ),
    Fault(
        "sim-management",
        ("sims.cancel_sms",),
        "success is 200 and 204, and 404 is not listed",
        "either; the client takes both; 404 for another's SMS",
        (
            (
                "/paths/~1v1~1sims~1{iccid}~1sms~1{id}/delete/responses/404",
                {"description": "There is no such SIM or SMS."},
            ),
        ),
    ),
    Fault(
        "sim-management",
        ("sims.top_up", "sims.top_up_many", "sims.extend"),
        "`payment_method` is one of four; the text takes any, and the default for an invalid one",
        "as in the text",
        _each(
            tuple(
                f"/paths/~1v1~1sims~1{path}/post/parameters/{place}/schema/enum"
                for path, place in (("{iccid}~1topup", 1), ("topup", 0), ("extension", 0))
            ),
            REMOVED,
        ),
    ),
    Fault(
        "sim-management-v2",
        ("sims_v2.top_up",),
        "`payment_method` is one of four; the text takes any, and the default for an invalid one",
        "as in the text",
        _each(
            ("/paths/~1v2~1sims~1{iccid}~1topup/post/parameters/1/schema/enum",),
            REMOVED,
        ),
    ),
    Fault(
        "sim-management-v2",
        (),
        "auto top-up, extension and daily usage are in 1NCE's API explorer alone",
        "three operations with `source` instead of `document`",
    ),
    Fault(
        "sim-management-v2",
        ("sims_v2.update",),
        "the body is not required",
        "400 without a body",
        (("/paths/~1v2~1sims~1{iccid}/put/requestBody/required", True),),
    ),
    Fault(
        "sim-management-v2",
        ("sims_v2.events",),
        "`oneOf` for `detail`, and for `quota` in it, though several forms fit a body",
        "any that fits",
        (
            (
                _S + "Event/properties/detail",
                {
                    "anyOf": [
                        {"$ref": "#" + _S + "LocationDetail"},
                        {"$ref": "#" + _S + "PdpContextDetail"},
                        {"$ref": "#" + _S + "EventQuotaDetail"},
                        {"$ref": "#" + _S + "VpnDetail"},
                    ]
                },
            ),
            (
                _S + "EventQuotaDetail/properties/quota",
                {
                    "anyOf": [
                        {"$ref": "#" + _S + "QuotaDetail"},
                        {"$ref": "#" + _S + "EndpointQuota"},
                    ]
                },
            ),
        ),
    ),
    Fault(
        "order-management",
        ("orders.create",),
        "success is 200 with the order and 201 without",
        "either; the client takes both",
    ),
    Fault(
        "support-management",
        ("support.create",),
        "success is 200 and 201",
        "either; the client takes both",
    ),
    Fault(
        "support-management",
        ("support.list",),
        "the default of `pageSize` is 1, and the example of `type` is none of its values",
        "the default is kept; the client asks for 100",
        ((_S + "Communication/properties/type/example", REMOVED),),
    ),
)


def repaired(name: str) -> dict[str, Any]:
    """The document of this name without its faults."""
    document = deepcopy(load(name))
    for fault in FAULTS:
        if fault.document == name:
            for pointer, value in fault.repairs:
                _repair(document, pointer, value)
    return document


def judged(name: str) -> dict[str, Any]:
    """The repaired document, with the statuses of `UNLISTED` at every operation."""
    document = repaired(name)
    for item in document["paths"].values():
        for method in set(item) & set(_METHODS):
            for status, reason in UNLISTED.items():
                item[method]["responses"].setdefault(str(status), {"description": reason})
    return document


def _repair(document: Any, pointer: str, value: Any) -> None:
    *way, last = (part.replace("~1", "/") for part in pointer.split("/")[1:])
    place = document
    for part in way:
        place = place[int(part)] if isinstance(place, list) else place[part]
    if value is REMOVED:
        del place[last]
    else:
        place[last] = deepcopy(value)
