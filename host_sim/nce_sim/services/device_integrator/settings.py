"""The assumptions of the Device Integrator where no source documents it.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class DeviceIntegratorSettings:
    """What holds for an organisation that has changed nothing."""

    # [U] of COAP, UDP and LWM2M; [D] LwM2M has to be activated before a device may bootstrap.
    active_at_first: tuple[str, ...] = ("COAP", "UDP")
    # [D] the API's document calls `active` of a PATCH "not used"; the portal has a switch. [U] It
    # works here, since without the portal nothing else could activate an endpoint.
    active_is_used: bool = True
