"""The page: endpoints beside each other, then a first device, step by step."""

from __future__ import annotations

from fastapi import Request

from nce_sim.portal.frame import page_frame
from nce_sim.portal.pages.device_integrator.endpoints import Endpoints
from nce_sim.portal.pages.device_integrator.keys import key_form
from nce_sim.portal.pages.device_integrator.waiting import Waiting
from nce_sim.portal.parts.fields import text
from nce_sim.portal.parts.tags import box, words

_MOST_ICCID = 20
_BLUEPRINTS = ("Zephyr", "FreeRTOS", "Arduino")  # [D] of the wizard
_REPOSITORY = "https://github.com/1NCE-GmbH/blueprint-"


async def build(request: Request) -> None:
    """The page; the address may name a device."""
    with page_frame(request, "/os/device-integrator", "Device Integrator") as frame:
        asked = request.query_params.get("iccid", "")
        endpoints = Endpoints(frame)
        with box("div", "grid"):
            endpoints.build()
            with box("section", "panel w12", aria_label="Test endpoints"):
                with box("header"):
                    words("h2", "Test endpoints with a device")
                with box("ol", "steps"):
                    with box("li"):
                        words("h3", "Choose a blueprint for the device", "small")
                        _blueprints()
                    with box("li"):
                        words("h3", "Name the device", "small")
                        with box("div", "filters"):
                            iccid = text("Device ID (ICCID)", most=_MOST_ICCID)
                            iccid.classes("grow")
                            iccid.value = asked if asked.isdecimal() else ""
                    with box("li"):
                        words("h3", "Give it a pre-shared key, if it sends by DTLS", "small")
                        key_form(frame, iccid)
                    with box("li"):
                        words("h3", "Let it send a message", "small")
                        Waiting(frame, iccid).build()
        await endpoints.load()


def _blueprints() -> None:
    with box("p", "q-mb-sm"):
        words("span", "1NCE has blueprints of firmware for ")
        for number, name in enumerate(_BLUEPRINTS):
            if number:
                words("span", ", ")
            address = _REPOSITORY + name.lower()
            words("a", name, href=address, target="_blank", rel="noopener")
        words("span", ". Any other client of CoAP, UDP or LwM2M does as well.")
