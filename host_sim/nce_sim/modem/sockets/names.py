"""A host as a command names it: a dotted address, or a name that the network is asked for.

address = yield from resolved(modem, "coap.os.1nce.com")        # within a command
"""

from __future__ import annotations

import ipaddress
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.steps import Pause, Step

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

NAME_LIMIT_MS = 20_000


def is_dotted(host: str) -> bool:
    """Whether `host` is an address rather than a name."""
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


def resolved(modem: Modem, host: str) -> Generator[Step, Any, str | None]:
    """The address of `host`, after asking the network when it is a name; None if there is none."""
    addresses = yield from all_resolved(modem, host)
    return addresses[0] if addresses else None


def all_resolved(modem: Modem, host: str) -> Generator[Step, Any, list[str]]:
    """All addresses of `host`, after asking the network when it is a name."""
    if is_dotted(host):
        return [host]
    session = modem.radio.session
    if session is None:
        return []
    answers: list[list[str]] = []
    session.resolve(host, answers.append)
    for _ in range(NAME_LIMIT_MS // 10):
        if answers:
            break
        yield Pause(10)
    return answers[0] if answers else []
