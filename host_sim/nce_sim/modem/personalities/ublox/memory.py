"""What a u-blox modem remembers beside what all modems do."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SecurityProfile:
    """`AT+USECPRF` of one profile, as far as it has an effect; no suite leaves it to the modem."""

    suite: int | None = None
    identity: bytes | None = None
    key: bytes | None = field(default=None, repr=False)
    # Of TLS: what of the server is verified, the oldest version, and names.
    level: int = 0
    version: int = 0
    authority: str | None = None
    expected_name: str | None = None
    certificate: str | None = None
    private_key: str | None = None
    server_name: str | None = None


@dataclass
class UbloxNvm:
    """Kept through power cycles."""

    operator_profile: int = 100  # AT+UMNOPROF
    rats: tuple[int, ...] = (7, 8)  # AT+URAT
    band_masks: dict[int, int] = field(default_factory=lambda: {0: 524_420, 1: 524_420})
    # AT+USECMNG: by type (0 CA, 1 certificate, 2 key) and name.
    certificates: dict[tuple[int, str], bytes] = field(default_factory=dict, repr=False)
    hexadecimal: int | None = None  # in a profile that an owner before stored


@dataclass
class UbloxRam:
    """New after each start."""

    uart_saving: tuple[int, ...] = (0,)  # AT+UPSV
    # What was set at the last start: another choice waits for the next one.
    operator_profile: int = 0
    rats: tuple[int, ...] = ()
    hexadecimal: int = 0  # AT+UDCONF=1,…
    psd_profile: dict[int, str] = field(default_factory=lambda: {0: "0", 100: "0"})  # AT+UPSD
    context_was_activated: bool = False  # AT+CGACT=1, which SARA-R422 wants to see
    security: dict[int, SecurityProfile] = field(default_factory=dict)
