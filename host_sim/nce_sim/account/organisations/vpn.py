"""OpenVPN, IPsec and VPC peering, as configuration alone: the simulation carries no VPN traffic.

    issued = vpn.create(organisation_id, OPENVPN, "office", {}, now_ms, work)
    issued.token                     # for `credentials.txt`, shown once
    vpn.client_file(organisation_id) # "eu-central-1-client.ovpn"

OpenVPN needs a breakout in Manual mode [D]; IPsec and VPC peering are set up by 1NCE on request,
so what is kept here is the request.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import AddressValueError, IPv4Address, IPv4Network, NetmaskValueError
from random import Random
from typing import Any, Protocol

from sqlalchemy import bindparam, delete, select

from nce_sim.account.access.secrecy import random_text
from nce_sim.account.organisations.settings import OrganisationSettings
from nce_sim.account.organisations.tables import VPN_CONFIGURATION
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage, Work, upsert

OPENVPN, IPSEC, VPC = KINDS = ("OPENVPN", "IPSEC", "VPC")
_KEEP = upsert(VPN_CONFIGURATION)
_DELETE = delete(VPN_CONFIGURATION).where(VPN_CONFIGURATION.c.vpn_id == bindparam("key"))
# [D] the host of Frankfurt; [U] those of the others, by the names of their AWS regions
_HOSTS = {
    "Frankfurt": "eu-central-1",
    "N. California": "us-west-1",
    "N. Virginia": "us-east-1",
    "Tokyo": "ap-northeast-1",
    "Sao Paulo": "sa-east-1",
}
# [U] what a request has to name.
_FIELDS = {
    OPENVPN: (),
    IPSEC: ("peer_address", "remote_networks"),
    VPC: ("aws_account_id", "vpc_id", "region", "remote_networks"),
}
ONLY_MANUAL = (  # [D] the portal's text
    "OpenVPN is only available in Manual Mode of the Breakout Settings due to technical reasons. "
    "Please change your current Breakout Settings"
)


class Owners(Protocol):
    """What the rules ask about organisations."""

    def breakout(self, organisation_id: int) -> tuple[str, str]: ...

    def customer_of(self, organisation_id: int) -> list[int]: ...


@dataclass(frozen=True)
class VpnConfiguration:
    """One configuration; `fields` are those of a request for IPsec or VPC peering."""

    vpn_id: str
    organisation_id: int
    kind: str
    name: str
    created_ms: int
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class IssuedVpn:
    """A new configuration; the token of OpenVPN is shown here and never again."""

    configuration: VpnConfiguration
    token: str | None = field(repr=False)


class VpnConfigurations:
    """All configurations, in memory and in the database."""

    def __init__(
        self, storage: Storage, random: Random, settings: OrganisationSettings, owners: Owners
    ) -> None:
        self._random = random
        self._settings = settings
        self._owners = owners
        self._configurations: dict[str, VpnConfiguration] = {}
        for row in storage.read(select(VPN_CONFIGURATION)):
            self._configurations[row.vpn_id] = VpnConfiguration(
                row.vpn_id,
                row.organisation_id,
                row.kind,
                row.name,
                row.created_ms,
                json.loads(row.body),
            )

    def of(self, organisation_id: int) -> list[VpnConfiguration]:
        """The configurations of an organisation, the oldest first; of one instant by their ids."""
        own = [
            found
            for found in self._configurations.values()
            if found.organisation_id == organisation_id
        ]
        return sorted(own, key=lambda found: (found.created_ms, found.vpn_id))

    def get(self, organisation_id: int, vpn_id: str) -> VpnConfiguration:
        """One configuration of an organisation."""
        found = self._configurations.get(vpn_id)
        if found is None or found.organisation_id != organisation_id:
            raise NotFound(f"there is no VPN configuration {vpn_id!r}; list those that there are")
        return found

    def create(
        self,
        organisation_id: int,
        kind: str,
        name: str,
        fields: Mapping[str, Any],
        now_ms: int,
        work: Work,
    ) -> IssuedVpn:
        """Enrol for OpenVPN, or keep the request for another kind."""
        if kind not in KINDS:
            raise Invalid(f"there is no kind {kind!r} of VPN; choose one of {', '.join(KINDS)}")
        if not 1 <= len(name) <= 100 or not name.isprintable():
            raise Invalid("the name is not usable; use 1 to 100 printable characters")
        _check(kind, fields)
        token = None
        if kind == OPENVPN:
            self._check_openvpn(organisation_id)
            token = random_text(self._random, self._settings.vpn_token_characters)
        vpn_id = f"{self._random.getrandbits(84):021x}"
        made = VpnConfiguration(vpn_id, organisation_id, kind, name, now_ms, dict(fields))
        self._configurations[vpn_id] = made
        work.on_rollback(lambda: self._drop(vpn_id))
        work.write(
            _KEEP,
            {
                "vpn_id": vpn_id,
                "organisation_id": organisation_id,
                "kind": kind,
                "name": name,
                "created_ms": now_ms,
                "body": json.dumps(dict(fields)),
            },
        )
        return IssuedVpn(made, token)

    def client_file(self, organisation_id: int) -> tuple[str, str]:
        """Name and text of the OpenVPN client's configuration (1nce_os.md, 7.7)."""
        if not any(found.kind == OPENVPN for found in self.of(organisation_id)):
            raise NotFound("the organisation has no OpenVPN client; enrol first, then download")
        region = _HOSTS.get(self._owners.breakout(organisation_id)[1], "eu-central-1")
        lines = (
            "# Simulated by nce-iot: no traffic is carried.",
            "client",
            "dev tun",
            "proto udp",
            f"remote {region}.vpn.1nce.com 1194",
            "tun-mtu 1300",
            "auth-user-pass credentials.txt",
        )
        return f"{region}-client.ovpn", "\n".join(lines) + "\n"

    def delete(self, organisation_id: int, vpn_id: str, work: Work) -> None:
        """Delete a configuration."""
        found = self.get(organisation_id, vpn_id)
        self._drop(vpn_id)
        work.on_rollback(lambda: self._configurations.update({vpn_id: found}))
        work.write(_DELETE, {"key": vpn_id})

    def forget(self, organisation_id: int, work: Work) -> None:
        """The organisation was deleted."""
        for found in self.of(organisation_id):
            self.delete(organisation_id, found.vpn_id, work)

    def _check_openvpn(self, organisation_id: int) -> None:
        if self._owners.breakout(organisation_id)[0] != "Manual":
            raise Conflict(ONLY_MANUAL)
        per_customer = self._settings.one_vpn_per_customer
        owners = self._owners.customer_of(organisation_id) if per_customer else [organisation_id]
        if any(found.kind == OPENVPN for owner in owners for found in self.of(owner)):
            who = "customer" if per_customer else "organisation"
            raise Conflict(f"the {who} has its OpenVPN client already; delete that one first")

    def _drop(self, vpn_id: str) -> None:
        del self._configurations[vpn_id]


def _check(kind: str, fields: Mapping[str, Any]) -> None:
    needed = _FIELDS[kind]
    if set(fields) != set(needed):
        raise Invalid(
            f"{kind} takes the fields {', '.join(needed) or 'none'}, not {sorted(fields)}"
        )
    for name, value in fields.items():
        if name == "remote_networks":
            networks = value if isinstance(value, list) else []
            if not 1 <= len(networks) <= 50:
                raise Invalid("remote_networks is a list of 1 to 50 networks, as 10.8.0.0/24")
            for network in networks:
                _parsed(IPv4Network, str(network), name)
        elif name == "peer_address":
            _parsed(IPv4Address, str(value), name)
        elif not isinstance(value, str) or not 1 <= len(value) <= 100:
            raise Invalid(f"{name} is not usable; use 1 to 100 characters")


def _parsed(kind: type[IPv4Address] | type[IPv4Network], text: str, name: str) -> None:
    try:
        kind(text)
    except (AddressValueError, NetmaskValueError, ValueError) as error:
        raise Invalid(f"{name}: {text[:100]!r} is no IPv4 address or network") from error
