"""What the services ask about the devices of customers: whose they are, and what they are called.

    devices.organisation_of(iccid)      # None: there is no such SIM
    devices.iccids(organisation_id)     # in the order of their addresses
    devices.device(iccid)               # Device(iccid=…, imsi=…, address=…)

The device id of 1NCE OS is the ICCID.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from nce_sim.problems import NotFound
from nce_sim.sim_card import masked


@dataclass(frozen=True)
class Device:
    """A device as the Inspector lists it."""

    iccid: str
    imsi: str
    address: str
    name: str | None = None

    def __repr__(self) -> str:
        return f"Device({masked(self.iccid)}, {self.address})"


class Devices(Protocol):
    """The devices of all organisations."""

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM, or None when there is no such SIM."""

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation."""

    def device(self, iccid: str) -> Device | None:
        """What is known of a SIM, or None."""


def of_organisation(devices: Devices, organisation_id: int, device_id: str) -> Device:
    """The device of an organisation; NotFound when it is not there, or another's."""
    device = devices.device(device_id)
    if device is None or devices.organisation_of(device_id) != organisation_id:
        raise NotFound(f"there is no device {device_id!r}; the device id is the ICCID of a SIM")
    return device
