"""What each partner needs of a customer, and the installation of a plugin.

    details = MenderDetails(tenant_token, private_key=None, public_key=None)
    details.check()                     # Invalid, with the name of what is wrong
    Plugin(...).as_json(shows_keys=False)

Keys show in no `repr`, and in the API's answers only by their end unless it is set otherwise.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from nce_sim.problems import Invalid
from nce_sim.services.identifiers import iso_time

DATACAKE, MENDER, TARTABIT, MEMFAULT = "DATACAKE", "MENDER", "TARTABIT", "MEMFAULT"
PARTNERS = (DATACAKE, MENDER, TARTABIT, MEMFAULT)

INSTALLED, FAILED = "INSTALLED", "FAILED"

_WORKSPACE = re.compile(r"[-A-Za-z0-9()@:%_+.~#?&/=]{1,64}", re.ASCII)
# A host with labels of letters, digits and hyphens, and perhaps a port: it becomes part of a URL.
_DOMAIN = re.compile(r"(?=.{1,253}$)[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+(:[0-9]{1,5})?", re.ASCII)
_WEBHOOK = re.compile(r"(?=.{1,40}$)[A-Za-z0-9()]+[-A-Za-z0-9()@:%_+.~#?&/=]*", re.ASCII)
_SHOWN_CHARACTERS = 4


@dataclass(frozen=True)
class DatacakeDetails:
    """Datacake's workspace, which gets all events."""

    partner: ClassVar[str] = DATACAKE
    workspace_id: str

    def check(self) -> None:
        if not _WORKSPACE.fullmatch(self.workspace_id):
            raise Invalid("workspaceId is not allowed; give 1 to 64 characters of an id")

    def as_json(self, shows_keys: bool) -> dict[str, str]:
        return {"workspaceId": self.workspace_id}


@dataclass(frozen=True)
class TartabitDetails:
    """Tartabit's server and the key of its webhook, which gets all events."""

    partner: ClassVar[str] = TARTABIT
    server_domain: str
    webhook_key: str = field(repr=False)

    def check(self) -> None:
        if not _DOMAIN.fullmatch(self.server_domain):
            raise Invalid("serverDomain is no host; give such as bridge-us.tartabit.com")
        if not _WEBHOOK.fullmatch(self.webhook_key):
            raise Invalid("webhookKey is not allowed; give 1 to 40 characters of a URI")

    def as_json(self, shows_keys: bool) -> dict[str, str]:
        return {
            "serverDomain": self.server_domain,
            "webhookKey": shown(self.webhook_key, shows_keys),
        }


@dataclass(frozen=True)
class MenderDetails:
    """Mender's tenant, and the key pair that its devices have in common."""

    partner: ClassVar[str] = MENDER
    tenant_token: str = field(repr=False)
    private_key: str | None = field(default=None, repr=False)
    public_key: str | None = field(default=None, repr=False)

    def check(self) -> None:
        if not 1 <= len(self.tenant_token) <= 800:
            raise Invalid(f"tenantToken has {len(self.tenant_token)} characters; give 1 to 800")
        if (self.private_key is None) != (self.public_key is None):
            raise Invalid("privateKey and publicKey belong together; give both, or none")
        if self.private_key is None or self.public_key is None:
            return
        if not (len(self.private_key) <= 3_000 and len(self.public_key) <= 1_000):
            raise Invalid("privateKey has at most 3000 characters, publicKey 1000")
        if private_key_of(self.private_key).public_key() != _public_key_of(self.public_key):
            raise Invalid("publicKey is not the key of privateKey; give a pair")

    def as_json(self, shows_keys: bool) -> dict[str, str]:
        return {
            "tenantToken": shown(self.tenant_token, shows_keys),
            "privateKey": shown(self.private_key or "", shows_keys),
            "publicKey": self.public_key or "",
        }


@dataclass(frozen=True)
class MemfaultDetails:
    """The project that 1NCE opened at Memfault for the organisation."""

    partner: ClassVar[str] = MEMFAULT
    email: str = ""
    url: str = ""
    project_id: str = ""
    project_key: str = field(default="", repr=False)

    def check(self) -> None:
        pass  # nothing of it comes from the customer

    def as_json(self, shows_keys: bool) -> dict[str, str]:
        return {"email": self.email, "url": self.url, "memfaultProjectId": self.project_id}


Details = DatacakeDetails | TartabitDetails | MenderDetails | MemfaultDetails
_KINDS: dict[str, type[Details]] = {
    kind.partner: kind
    for kind in (DatacakeDetails, TartabitDetails, MenderDetails, MemfaultDetails)
}


@dataclass(frozen=True)
class Plugin:
    """An installed plugin of an organisation."""

    plugin_id: str
    organisation_id: int
    partner: str
    status: str
    created_ms: int
    updated_ms: int
    details: Details

    @classmethod
    def of(cls, row: Any) -> Plugin:
        """The plugin of a row of the table."""
        details = _KINDS[row.partner](**json.loads(row.details))
        return cls(
            row.plugin_id,
            row.organisation_id,
            row.partner,
            row.status,
            row.created_ms,
            row.updated_ms,
            details,
        )

    def as_row(self) -> dict[str, Any]:
        """The row of the table."""
        return {**vars(self), "details": json.dumps(asdict(self.details))}

    def summary(self) -> dict[str, str]:
        """The plugin as the API lists it."""
        return {
            "id": self.plugin_id,
            "partner": self.partner,
            "created": iso_time(self.created_ms),
            "updated": iso_time(self.updated_ms),
            "status": self.status,
        }

    def as_json(self, shows_keys: bool) -> dict[str, str]:
        """The plugin with the partner's own fields."""
        return {**self.summary(), **self.details.as_json(shows_keys)}


def shown(key: str, whole: bool) -> str:
    """A key as the API may show it: whole, or its last characters behind stars."""
    if whole or not key:
        return key
    end = key.rstrip()[-_SHOWN_CHARACTERS:] if len(key) >= 3 * _SHOWN_CHARACTERS else ""
    return "********" + end


def private_key_of(pem: str) -> rsa.RSAPrivateKey:
    """An RSA key in PEM, PKCS#1 or PKCS#8 [D]; Invalid for anything else."""
    try:
        key = serialization.load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        raise Invalid("privateKey is no PEM without password; give PKCS#1 or PKCS#8") from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise Invalid("privateKey is not of RSA; neither ECDSA nor Ed25519 is supported")
    return key


def _public_key_of(pem: str) -> rsa.RSAPublicKey:
    try:
        key = serialization.load_pem_public_key(pem.encode())
    except ValueError:
        raise Invalid("publicKey is no PEM; give the public half of privateKey") from None
    if not isinstance(key, rsa.RSAPublicKey):
        raise Invalid("publicKey is not of RSA; neither ECDSA nor Ed25519 is supported")
    return key


def key_pair(bits: int) -> tuple[str, str]:
    """A private and a public key in PEM, of the system's randomness."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=bits)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()
