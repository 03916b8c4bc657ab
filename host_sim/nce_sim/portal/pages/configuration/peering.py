"""IPsec and VPC peering: requests, since 1NCE sets them up by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from nicegui import ui

from nce_api.models.portal_configuration import NewVpn, Vpn
from nce_sim.portal.pages.configuration.openvpn import KIND as OPENVPN
from nce_sim.portal.pages.configuration.section import Section
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_MOST = 100  # of a page of the service
_KINDS = {"IPSEC": "IPsec", "VPC": "VPC Peering"}
_NETWORKS = "remote_networks"
# What a request names, by the names of the service.
_FIELDS = {
    "peer_address": ("Address of your gateway", "203.0.113.7", ("IPSEC",)),
    "aws_account_id": ("AWS account", "123456789012", ("VPC",)),
    "vpc_id": ("VPC", "vpc-0a1b2c3d", ("VPC",)),
    "region": ("AWS Region", "eu-central-1", ("VPC",)),
    _NETWORKS: ("Your networks", "10.8.0.0/24, 10.9.0.0/24", ("IPSEC", "VPC")),
}


class Peering(Section):
    """The requests of the organisation."""

    TITLE, SIGN, PERMISSION = "IPsec and VPC Peering", "hub", "configuration.openvpn"
    EMPTY = (
        "There are no requests. 1NCE connects your network to your SIMs by IPsec or by a peering "
        "of AWS; the simulation keeps the request and carries no traffic."
    )

    def furnish(self) -> None:
        with self.fold.more:
            quiet("New request", "add", self._add)
            sign("refresh", "Refresh: IPsec and VPC Peering", self.fold.load)

    async def load(self) -> list[Vpn] | None:
        page = await self.portal.vpns(page_size=_MOST)
        return [one for one in page.items if one.kind != OPENVPN] or None

    def show(self, found: Sequence[Vpn]) -> None:
        with plain_table("Name", "Type", "Settings", "Since", actions=True):
            for vpn in found:
                with box("tr"):
                    words("td", vpn.name)
                    words("td", _KINDS.get(vpn.kind, vpn.kind))
                    words("td", _fields_text(vpn.fields))
                    words("td", self.frame.zone.day(vpn.created), "when")
                    with box("td", "when"):
                        sign("delete", f"Delete {vpn.name}", partial(self._delete, vpn))

    async def _delete(self, vpn: Vpn) -> None:
        question, loss = f"Delete {vpn.name}?", "Your network is not connected by it any more."
        if await is_sure(question, loss, "Delete"):
            delete = partial(self.portal.delete_vpn, vpn.id)
            await self.do(delete, f"{vpn.name} is deleted.")

    async def _add(self) -> None:
        form = FormDialog("New request", "Send")
        with form.body:
            kind = form.field("kind", ui.select(_KINDS, label="Type", value="IPSEC"))
            name = form.field("name", ui.input("Name")).props("maxlength=100")
            shown: dict[str, ui.input] = {}
            for key, (label, example, kinds) in _FIELDS.items():
                field = form.field(key, ui.input(label)).props("maxlength=1000")
                field.props["placeholder"] = example
                field.bind_visibility_from(kind, "value", backward=partial(_is_of, kinds))
                shown[key] = field

        async def save() -> Vpn:
            asked_for = str(kind.value)
            if not (name.value or "").strip():
                raise WrongField("name", "Give the request a name.")
            given = {
                key: (shown[key].value or "").strip()
                for key, (_, _, kinds) in _FIELDS.items()
                if asked_for in kinds
            }
            for key, value in given.items():
                if not value:
                    raise WrongField(key, f"Give a value, such as {_FIELDS[key][1]}.")
            fields: dict[str, str | list[str]] = {**given}
            fields[_NETWORKS] = [
                network.strip() for network in given[_NETWORKS].split(",") if network.strip()
            ]
            new = NewVpn(kind=asked_for, name=(name.value or "").strip(), fields=fields)
            return await self.portal.add_vpn(new)

        added = await form.run(save)
        if added is not None:
            await self.tell(f"The request {added.name} is kept.")


def _is_of(kinds: Sequence[str], kind: str) -> bool:
    return kind in kinds


def _fields_text(fields: Mapping[str, str | list[str]]) -> str:
    texts = []
    for key, value in fields.items():
        name = _FIELDS[key][0] if key in _FIELDS else key
        texts.append(f"{name}: {value if isinstance(value, str) else ', '.join(value)}")
    return "; ".join(texts)
