"""What a bootstrap writes to a client: 1NCE's values (1nce_os.md, 2.5).

    steps = steps_of(Accounts(server_uri, keys=Keys(identity, fresh, own)), 112, settings)
    steps[0].method, steps[0].path          # "DELETE", ("0",)

Instance 0 of object 0 is the LwM2M server, 1 the bootstrap server: by DTLS as without it, the one
that the client goes on with comes first. The format is the one that the client prefers (`pct`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.services.lwm2m.outbound import Step
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.wire.lwm2m import formats
from nce_sim.wire.lwm2m.record import Record, Value

PSK, NO_SEC = 0, 3  # OMA LwM2M Core 1.1, E.1, resource 2
_WRITABLE = (formats.TLV, formats.SENML_JSON, formats.SENML_CBOR)
FINISH = Step("POST", ("bs",))


@dataclass(frozen=True)
class Keys:
    """The keys of a client by DTLS: for the LwM2M server, and for the bootstrap server."""

    identity: str
    server: bytes = field(repr=False)
    bootstrap: bytes = field(repr=False)


@dataclass(frozen=True)
class Accounts:
    """The two servers of a client; without keys it is to use them without DTLS."""

    server_uri: str
    bootstrap_uri: str
    keys: Keys | None = None


def format_of(preferred: int | None) -> int:
    """The format to write in: the one that the client prefers, or TLV."""
    number = formats.TLV if preferred is None else formats.DRAFTS.get(preferred, preferred)
    return number if number in _WRITABLE else formats.TLV


def steps_of(
    accounts: Accounts, preferred: int | None, settings: Lwm2mSettings
) -> tuple[Step, ...]:
    """All requests of a bootstrap, in order."""
    number, keys = format_of(preferred), accounts.keys
    deletes = [
        # Refused by some: what follows replaces the instances anyway.
        Step("DELETE", (name,), is_needed=False)
        for name in settings.deletes
    ]
    server = _security(accounts.server_uri, settings.server_id, is_bootstrap=False)
    bootstrap = _security(accounts.bootstrap_uri, settings.bootstrap_server_id, is_bootstrap=True)
    if keys is not None:
        server |= {2: PSK, 3: keys.identity.encode(), 5: keys.server}
        bootstrap |= {2: PSK, 3: keys.identity.encode(), 5: keys.bootstrap}
    account: dict[int, Value] = {
        0: settings.server_id,
        1: settings.lifetime_s,
        2: settings.least_period_s,
    }
    if settings.writes_all_mandatory:
        account |= {6: True, 7: "U"}
    writes = [
        _write(number, (0, 0), server),
        _write(number, (0, 1), bootstrap),
        _write(number, (1, 0), account),
    ]
    return (*deletes, *writes, FINISH)


def _security(uri: str, server_id: int, *, is_bootstrap: bool) -> dict[int, Value]:
    return {0: uri, 1: is_bootstrap, 2: NO_SEC, 10: server_id}


def _write(number: int, path: tuple[int, int], values: dict[int, Value]) -> Step:
    records = [Record((*path, resource), values[resource]) for resource in sorted(values)]
    payload = formats.encode(number, path, records)
    return Step("PUT", tuple(map(str, path)), number, payload)
