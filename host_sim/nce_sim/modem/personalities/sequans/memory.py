"""What a GM02S remembers beside what all modems do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

RING_ID, RING_LENGTH, RING_DATA = range(3)  # <srMode>


class Dialling(NamedTuple):
    """`AT+SQNSCFG` of an id: context, packet size, inactivity limit, connect and send time-outs.

    The limit is in seconds; 0 is none (S).
    """

    cid: int = 1
    packet_size: int = 300
    inactivity_limit_s: int = 90
    connect_timeout: int = 600
    send_timeout: int = 50


class Extended(NamedTuple):
    """`AT+SQNSCFGEXT` of an id."""

    ring: int = RING_ID
    receives_hexadecimal: int = 0
    keep_alive: int = 0
    listens: int = 0
    sends_hexadecimal: int = 0


class SecurityProfile(NamedTuple):
    """`AT+SQNSPCFG` of a profile, as far as it has an effect; slots are those of `AT+SQNSNVW`."""

    version: int = 2
    level: int = 0
    authority: int | None = None
    certificate: int | None = None
    private_key: int | None = None


@dataclass
class SequansNvm:
    """Kept through power cycles: an owner before may have left odd settings."""

    active_mode: int = 1  # AT+SQNMODEACTIVE
    bands: dict[int, str] = field(default_factory=lambda: {0: "1,3,8,20", 1: "1,3,8,20"})
    dialling: dict[int, Dialling] = field(default_factory=dict)
    extended: dict[int, Extended] = field(default_factory=dict)
    # AT+LPGNSSCFG: mode, sensitivity, notice, reserved, metrics
    receiver_settings: tuple[str, ...] = ("0", "2", "1", "", "0")
    secure_ids: dict[int, int] = field(default_factory=dict)  # AT+SQNSSCFG: profile by id
    profiles: dict[int, SecurityProfile] = field(default_factory=dict)
    # AT+SQNSNVW: by kind and slot.
    certificates: dict[tuple[str, int], bytes] = field(default_factory=dict, repr=False)


@dataclass
class SequansRam:
    """New after each start."""

    active_mode: int = 1  # AT+SQNMODEACTIVE as it was at the start
    receiver_limit_s: int = 0  # AT+LPGNSSTIMEOUT
    clock_is_set: bool = False  # by the network
    ephemerides_ms: int | None = None  # when they were loaded; [U] that they go with a restart
    fixes: int = 0  # that were told of
