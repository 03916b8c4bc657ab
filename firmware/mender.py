"""Mender's device API, through 1NCE OS's CoAP proxy: who we are, what is new, how it went.

    mender = Mender(proxy, "hosted.mender.io")
    if await mender.authenticate():                 # False: not accepted yet, or no more
        await mender.tell_inventory({"device_type": "board", "artifact_name": "1.0.0"})
        found = await mender.next_deployment("board", "1.0.0")      # None: nothing to do
        await mender.report(found.id, DOWNLOADING)

The proxy proves who we are, by the SIM, and keeps Mender's token; none of it comes here.
"""

import json
from collections import namedtuple

from nce.coap import codes, options
from nce.errors import PeerError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any, NamedTuple

    class Deployment(NamedTuple):
        id: str
        name: str
        uri: str

else:
    Deployment = namedtuple("Deployment", ("id", "name", "uri"))  # type: ignore[no-redef]

DOWNLOADING, INSTALLING, REBOOTING = "downloading", "installing", "rebooting"
SUCCESS, FAILURE = "success", "failure"

_AUTH = "v1/authentication/auth_requests"
_INVENTORY = "v1/inventory/device/attributes"
_NEXT = "v2/deployments/device/deployments/next"
_STATUS = "v1/deployments/device/deployments/%s/status"


class MenderRefused(PeerError):
    """Mender, or the proxy, did not do what was asked; `code` is CoAP's."""

    def __init__(self, what: str, code: int, text: bytes) -> None:
        super().__init__(
            "%s: %s %s" % (what, codes.dotted(code), str(bytes(text[:60]), "utf-8", "replace"))
        )
        self.code = code


class Mender:
    """See above. `host` is one of Mender's two: hosted.mender.io, eu.hosted.mender.io."""

    def __init__(self, proxy: "Any", host: str) -> None:
        self._proxy = proxy
        self._base = "https://%s/api/devices/" % host

    async def authenticate(self) -> bool:
        """Whether Mender accepts this device; it is False until a person has accepted it there."""
        response = await self._ask(codes.POST, _AUTH, {})
        if response.code == codes.UNAUTHORIZED:
            return False
        self._check("not authenticated", response)
        return True

    async def tell_inventory(self, attributes: "dict[str, str]") -> None:
        """Tell what this device is."""
        listed = [{"name": name, "value": attributes[name]} for name in sorted(attributes)]
        self._check("no inventory", await self._ask(codes.PATCH, _INVENTORY, listed))

    async def next_deployment(self, device_type: str, artifact_name: str) -> "Deployment | None":
        """What to install, or None."""
        provides = {"device_type": device_type, "artifact_name": artifact_name}
        response = await self._ask(codes.POST, _NEXT, {"device_provides": provides})
        self._check("no answer about updates", response)
        if response.code != codes.CONTENT or not response.payload:
            return None
        try:
            found = json.loads(response.payload)
            artifact = found["artifact"]
            types = artifact.get("device_types_compatible", [device_type])
            deployment = Deployment(
                found["id"], artifact["artifact_name"], artifact["source"]["uri"]
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise MenderRefused("no deployment that can be read", response.code, response.payload)
        if device_type not in types:
            text = b"it is for other devices"
            raise MenderRefused("deployment %s" % deployment.id, response.code, text)
        return deployment

    async def report(self, deployment_id: str, status: str) -> bool:
        """Tell how far a deployment is; False when Mender has ended it meanwhile."""
        response = await self._ask(codes.PUT, _STATUS % deployment_id, {"status": status})
        if response.code in (codes.CONFLICT, codes.NOT_FOUND):
            return False
        self._check("status %s is not taken" % status, response)
        return True

    async def _ask(self, method: int, path: str, body: "Any") -> "Any":
        payload = json.dumps(body).encode()
        return await self._proxy.ask(method, self._base + path, payload, options.JSON, "mender")

    def _check(self, what: str, response: "Any") -> None:
        if not codes.is_success(response.code):
            raise MenderRefused(what, response.code, response.payload)
