"""The endpoints as cards: where they are, whether they are on, and what can be set.

endpoints = Endpoints(frame)
endpoints.build()
await endpoints.load()
"""

from __future__ import annotations

from functools import partial
from typing import Any, Literal, NamedTuple

from nicegui import ui

from nce_api.models.actions import Protocol
from nce_api.models.integrate import Endpoint, EndpointSettingChange, EndpointUpdate
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.question import is_sure
from nce_sim.portal.parts.tags import box, words

PROTOCOLS: dict[Protocol, str] = {"COAP": "CoAP", "UDP": "UDP", "LWM2M": "LwM2M"}
PASSIVE_REPORTING: Literal["LWM2M_PASSIVE_REPORTING"] = "LWM2M_PASSIVE_REPORTING"


class Fact(NamedTuple):
    """A line about an endpoint; `tip` explains its word."""

    name: str
    value: str
    tip: str = ""


class Endpoints:
    """The cards of the three protocols."""

    def __init__(self, frame: Frame) -> None:
        self._frame, self._devices = frame, frame.visit.management.devices
        self._panels: dict[Protocol, Panel[Endpoint]] = {}

    def build(self) -> None:
        """Make the cards."""
        for protocol, name in PROTOCOLS.items():
            self._panels[protocol] = Panel(
                f"{name} endpoint",
                partial(self._load, protocol),
                partial(self._show, protocol),
                empty="",
                width="w12" if protocol == "LWM2M" else "w6",
            ).with_refresh()

    async def load(self) -> None:
        """Fill them."""
        for panel in self._panels.values():
            await panel.load()

    async def _load(self, protocol: Protocol) -> Endpoint | None:
        return await self._devices.endpoint(protocol)

    def _show(self, protocol: Protocol, found: Endpoint) -> None:
        reason = self._frame.visit.lacks("os.change")
        with box("div", "line-up q-mb-sm"):
            state, tone = ("On", "good") if found.active else ("Off", "calm")
            words("span", state, f"chip {tone}")
            with allowed(reason) as within:
                within(
                    quiet(
                        f"Switch {PROTOCOLS[protocol]} {'off' if found.active else 'on'}",
                        "power_settings_new",
                        lambda: self._turn(protocol, not found.active),
                    )
                )
        with box("dl", "facts two" if protocol == "LWM2M" else "facts"):
            for fact in facts_of(protocol, found):
                words("dt", fact.name, title=fact.tip or None)
                words("dd", fact.value)
        for setting in found.settings or ():
            if setting.name == PASSIVE_REPORTING:
                with box("div", "q-mt-sm"), allowed(reason) as within:
                    switch = ui.switch("Passive Reporting", value=setting.state == "ENABLED")
                    switch.on_value_change(lambda event: self._report(bool(event.value)))
                    within(switch)
                words("p", setting.description or "", "note q-ma-none")

    async def _turn(self, protocol: Protocol, is_on: bool) -> None:
        name = PROTOCOLS[protocol]
        if not is_on and not await is_sure(
            f"Switch {name} off?",
            f"The messages that your devices send by {name} are refused from then on.",
            "Switch it off",
        ):
            return
        await self._change(
            protocol,
            EndpointUpdate(active=is_on, settings=[]),
            f"The {name} endpoint is {'on' if is_on else 'off'}.",
        )

    async def _report(self, is_on: bool) -> None:
        setting = EndpointSettingChange(
            name=PASSIVE_REPORTING, state="ENABLED" if is_on else "DISABLED"
        )
        await self._change(
            "LWM2M",
            EndpointUpdate(settings=[setting]),
            f"Passive Reporting is {'on' if is_on else 'off'}.",
        )

    async def _change(self, protocol: Protocol, update: EndpointUpdate, done: str) -> None:
        async def ask() -> Any:
            return await self._devices.update_endpoint(protocol, update)

        _, problem = await asked(ask)
        if problem is None:
            ui.notify(done, type="positive")
        else:
            ui.notify(problem, type="negative")
        await self._panels[protocol].load()


_DTLS = "DTLS is TLS for datagrams: it encrypts, and proves by a key who sends."
_TOPIC = "A topic goes along with the message, and integrations with AWS publish under it."


def facts_of(protocol: Protocol, found: Endpoint) -> list[Fact]:
    """What a device needs to know of an endpoint."""
    facts = [
        Fact("Host", found.domain),
        Fact("IP addresses", ", ".join(found.ipAddresses)),
        Fact("Port", str(found.port)),
    ]
    if found.securePort:
        facts.append(Fact("DTLS port", str(found.securePort), _DTLS))
    if protocol == "UDP":
        facts.append(Fact("Message", "508 B at most, without an answer"))
    elif protocol == "COAP":
        facts.append(Fact("Message", "POST /, 1\u202f024 B at most"))
        facts.append(Fact("Topic", "?t=… with letters, digits, _ and /", _TOPIC))
    else:
        facts.append(Fact("Bootstrap", f"coap://{found.domain}:{found.port}", _BOOTSTRAP))
        if found.securePort:
            secure = f"coaps://{found.domain}:{found.securePort}"
            facts.append(Fact("Bootstrap by DTLS", secure, _BOOTSTRAP))
        facts.append(Fact("Endpoint name", "ICCID of the SIM", _NAME))
        facts.append(Fact("Authentication", "Via SIM; by DTLS with a pre-shared key"))
        facts.append(Fact("Lifetime", "24 hours", "A device updates its registration before."))
    return facts


_BOOTSTRAP = "A device bootstraps at each connect: it is told there which server to register at."
_NAME = "What the client calls itself: `ep` of its bootstrap and its registration."
