"""The savings of a template: bytes per message against JSON, CBOR, MessagePack; data, energy.

    report = weigh(template, records, interval_s=3600)
    report.sizes["bcl"]                  # bytes of each message
    report.year("bcl", COAP_DTLS)        # Year(data_bytes=..., energy_wh=...)

Every format carries the same record: the one the template delivers, constants included. JSON is
compact UTF-8; CBOR takes the shortest float that is exact; MessagePack takes 4-byte floats in a
message where all are exact in them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from struct import pack, unpack
from typing import Any

import cbor2
import msgpack  # type: ignore[import-untyped]

from nce_bcl import BclError, Template
from nce_sim.templates.samples import Record, SampleError

SECONDS_PER_YEAR = 365 * 86400

# Headers, in bytes
IPV4_AND_UDP = 20 + 8  # RFC 791, 3.1; RFC 768
COAP_HEADER = 4  # RFC 7252, 3
COAP_TOKEN = 4  # the length most clients choose
COAP_PAYLOAD_MARKER = 1
COAP_QUERY_OPTION = 2  # Uri-Query is option 15: two bytes before up to 12 of text
COAP_LONG_QUERY_OPTION = 3  # before 13 bytes of text and more
DTLS_RECORD = 13 + 8 + 8  # RFC 6347, 4.1, and the nonce and tag of AES_128_CCM_8 (RFC 6655, 3)
# A full PSK handshake with cookie, six datagrams with a 9-byte identity: measured on this
# project's client and server; a longer identity adds its length.
DTLS_HANDSHAKE = 479 + 6 * IPV4_AND_UDP

SAFE_UDP_PAYLOAD = 508  # of the Device Integrator, bytes
SAFE_COAP_PAYLOAD = 1024


@dataclass(frozen=True)
class Transport:
    """The cost of a message beside its payload, in bytes on the air."""

    name: str
    title: str
    uplink: int
    downlink: int  # the acknowledgement
    session: int  # once per session
    safe_payload: int

    @property
    def overhead(self) -> int:
        return self.uplink + self.downlink


def transports(topic: str = "") -> tuple[Transport, ...]:
    """UDP, CoAP and CoAP over DTLS; `topic` travels as `?t=topic` with CoAP."""
    query = f"t={topic}".encode() if topic else b""
    option = COAP_QUERY_OPTION if len(query) < 13 else COAP_LONG_QUERY_OPTION
    request = (
        COAP_HEADER + COAP_TOKEN + COAP_PAYLOAD_MARKER + (len(query) + option if query else 0)
    )
    answer = COAP_HEADER + COAP_TOKEN
    return (
        Transport("udp", "UDP", IPV4_AND_UDP, 0, 0, SAFE_UDP_PAYLOAD),
        Transport(
            "coap", "CoAP", IPV4_AND_UDP + request, IPV4_AND_UDP + answer, 0, SAFE_COAP_PAYLOAD
        ),
        Transport(
            "coap-dtls",
            "CoAP/DTLS",
            IPV4_AND_UDP + DTLS_RECORD + request,
            IPV4_AND_UDP + DTLS_RECORD + answer,
            DTLS_HANDSHAKE,
            SAFE_COAP_PAYLOAD,
        ),
    )


@dataclass(frozen=True)
class EnergyModel:
    """Energy of one message: a fixed part, and one per byte on the air.

    The defaults are 1NCE's own measurement, read with its units: E = 0.013 x + 94.084 is the line
    through *hourly* readings, in mWh, at four messages a minute. So it is divided by the 240
    messages of an hour; presented per message, as the platform does, it is 240 times too much.
    The fixed part holds the radio's idling between messages and is no format's merit or fault.
    """

    message_mwh: float = 94.084 / 240
    byte_mwh: float = 0.013 / 240

    def message(self, size: float) -> float:
        """mWh of a message with `size` bytes on the air."""
        return self.message_mwh + self.byte_mwh * size


@dataclass(frozen=True)
class Year:
    """One device and one year."""

    data_bytes: float
    energy_wh: float


@dataclass(frozen=True)
class Report:
    """Sizes per format, in bytes and in the records' order, and what follows from them."""

    sizes: dict[str, list[int]]
    interval_s: float
    sessions_per_day: float
    energy: EnergyModel

    @property
    def messages_per_year(self) -> float:
        return SECONDS_PER_YEAR / self.interval_s

    def mean(self, form: str) -> float:
        return sum(self.sizes[form]) / len(self.sizes[form])

    def on_air(self, form: str, transport: Transport) -> float:
        """Mean bytes of a message with headers and acknowledgement."""
        return self.mean(form) + transport.overhead

    def year(self, form: str, transport: Transport) -> Year:
        sessions = self.sessions_per_day * 365 if transport.session else 0
        handshakes = sessions * transport.session
        data = self.messages_per_year * self.on_air(form, transport) + handshakes
        energy = self.messages_per_year * self.energy.message(self.on_air(form, transport))
        return Year(data, (energy + handshakes * self.energy.byte_mwh) / 1000)


def _json(record: Any) -> bytes:
    return json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()


def _cbor(record: Any) -> bytes:
    return bytes(cbor2.dumps(record, canonical=True))


def _messagepack(record: Any) -> bytes:
    floats = list(_floats(record))
    return bytes(msgpack.packb(record, use_single_float=all(map(_is_single, floats))))


FORMATS: dict[str, tuple[str, Callable[[Any], bytes]]] = {
    "json": ("JSON", _json),
    "cbor": ("CBOR", _cbor),
    "msgpack": ("MessagePack", _messagepack),
}
TITLES = {"bcl": "BCL", **{name: title for name, (title, _) in FORMATS.items()}}


def weigh(
    template: Template,
    records: list[Record],
    interval_s: float = 3600,
    sessions_per_day: float = 1,
    energy: EnergyModel | None = None,
) -> Report:
    """Encodes every record in every format; SampleError names a record the template refuses."""
    if not interval_s > 0 or not sessions_per_day >= 0:
        raise SampleError("the interval must be more than 0 s, and the sessions 0 a day or more")
    sizes: dict[str, list[int]] = {name: [] for name in TITLES}
    singles = _single_assets(template)
    for number, record in enumerate(records, 1):
        try:
            payload = template.encode(record)
            delivered = template.decode(payload)
        except BclError as error:
            raise SampleError(f"record {number}: {error}") from error
        sizes["bcl"].append(len(payload))
        sizes["json"].append(len(_json(delivered)))
        # Binary formats carry the float itself, not the decimals JSON shows of it.
        binary = _with_singles(delivered, singles, "")
        for name in ("cbor", "msgpack"):
            sizes[name].append(len(FORMATS[name][1](binary)))
    return Report(sizes, interval_s, sessions_per_day, energy or EnergyModel())


def _single_assets(template: Template) -> set[str]:
    found = set()
    pending = list(template.plan)
    while pending:
        statement = pending.pop()
        if hasattr(statement, "asset"):
            source = statement.source
            if getattr(source, "kind", "") == "float" and source.length == 4:
                found.add(statement.asset)
            continue
        for case in statement.cases:
            pending.extend(case.block)
        pending.extend(statement.default or ())
    return found


def _with_singles(node: dict[str, Any], singles: set[str], prefix: str) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in node.items():
        if isinstance(value, dict):
            result[key] = _with_singles(value, singles, prefix + key + ".")
        elif prefix + key in singles and isinstance(value, float):
            result[key] = unpack("<f", pack("<f", value))[0]
        else:
            result[key] = value
    return result


def _floats(node: Any) -> list[float]:
    if isinstance(node, dict):
        return [number for value in node.values() for number in _floats(value)]
    return [node] if isinstance(node, float) else []


def _is_single(value: float) -> bool:
    try:
        return bool(unpack("<f", pack("<f", value))[0] == value)
    except OverflowError:
        return False
