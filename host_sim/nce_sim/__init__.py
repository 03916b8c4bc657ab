"""The world a 1NCE device runs in, simulated: modem, SIM, network and 1NCE OS.

    from nce_sim import Typist, World

    world = World(seed=1)
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.switch_on()
    typist.ask("AT+CPIN?")                  # ["+CPIN: READY", "OK"]

Time is virtual unless a clock is given; the same seed gives the same run. Each name below is
loaded at its first use.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nce_sim.backend import Backend
    from nce_sim.backend_settings import BackendSettings
    from nce_sim.clock import (
        Limits,
        LoopClock,
        NothingScheduled,
        TookTooLong,
        VirtualClock,
        VirtualLoop,
        run_virtual,
    )
    from nce_sim.deliveries.settings import DeliverySettings
    from nce_sim.endpoints.coap.settings import CoapSettings
    from nce_sim.endpoints.dtls import DtlsSettings
    from nce_sim.link_profile import LinkProfile
    from nce_sim.ports.pipe import PipeBoard, open_pipe
    from nce_sim.ports.typist import Typist
    from nce_sim.services.authenticator.settings import AuthenticatorSettings
    from nce_sim.services.clouds.settings import CloudsSettings
    from nce_sim.settings import (
        AccountSettings,
        CellSettings,
        ModemSettings,
        NetworkSettings,
        RoamingRule,
        Settings,
        SmsSettings,
    )
    from nce_sim.sim_card import SimCard
    from nce_sim.wire.datagram import Address, Datagram
    from nce_sim.world import World

# Module -> its public names.
_ROOMS = {
    "backend": ("Backend",),
    "backend_settings": ("BackendSettings",),
    "clock": (
        "Limits",
        "LoopClock",
        "NothingScheduled",
        "TookTooLong",
        "VirtualClock",
        "VirtualLoop",
        "run_virtual",
    ),
    "deliveries.settings": ("DeliverySettings",),
    "endpoints.coap.settings": ("CoapSettings",),
    "endpoints.dtls": ("DtlsSettings",),
    "link_profile": ("LinkProfile",),
    "ports.pipe": ("PipeBoard", "open_pipe"),
    "ports.typist": ("Typist",),
    "settings": (
        "AccountSettings",
        "CellSettings",
        "ModemSettings",
        "NetworkSettings",
        "RoamingRule",
        "Settings",
        "SmsSettings",
    ),
    "services.authenticator.settings": ("AuthenticatorSettings",),
    "services.clouds.settings": ("CloudsSettings",),
    "sim_card": ("SimCard",),
    "wire.datagram": ("Address", "Datagram"),
    "world": ("World",),
}
_ROOM_OF = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [
    "AccountSettings",
    "Address",
    "AuthenticatorSettings",
    "Backend",
    "BackendSettings",
    "CellSettings",
    "CloudsSettings",
    "CoapSettings",
    "Datagram",
    "DeliverySettings",
    "DtlsSettings",
    "Limits",
    "LinkProfile",
    "LoopClock",
    "ModemSettings",
    "NetworkSettings",
    "NothingScheduled",
    "PipeBoard",
    "RoamingRule",
    "Settings",
    "SimCard",
    "SmsSettings",
    "TookTooLong",
    "Typist",
    "VirtualClock",
    "VirtualLoop",
    "World",
    "open_pipe",
    "run_virtual",
]


def __getattr__(name: str) -> Any:
    room = _ROOM_OF.get(name)
    if room is None:
        raise AttributeError(f"module 'nce_sim' has no attribute {name!r}")
    try:
        value = getattr(importlib.import_module(f"nce_sim.{room}"), name)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing.startswith("nce"):
            raise
        raise ImportError(
            f"nce_sim.{name} needs {missing}, which the extra `sim` brings: "
            "pip install 'nce-iot[sim]'"
        ) from None
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
