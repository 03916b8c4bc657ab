"""Records as files of S3: a line for each, all values in quotation marks.

    file_name("USAGE", at_ms)               # "cdr_20261201_014500.csv"
    file_body("USAGE", records)

The columns of usage are 1NCE's (1nce_os_2.md, 4.2). Those of events no source documents: here they
are the fields of the record, one below the other joined by `_` [U].
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from nce_sim.services.streamer.stream import USAGE

_PREFIXES = {USAGE: "cdr"}  # [D] of files; the others are `events`
# [D] the column, and where its value is in the record
_USAGE = {
    "id": "id",
    "event_start_timestamp": "start_timestamp",
    "event_stop_timestamp": "end_timestamp",
    "organisation_id": "organisation.id",
    "organisation_name": "organisation.name",
    "endpoint_id": "endpoint.id",
    "sim_id": "sim.id",
    "iccid": "sim.iccid",
    "imsi": "imsi",
    "operator_id": "operator.id",
    "operator_name": "operator.name",
    "country_id": "operator.country.id",
    "operator_country_name": "operator.country.name",
    "traffic_type_id": "traffic_type.id",
    "traffic_type_description": "traffic_type.description",
    "volume": "volume.total",
    "volume_tx": "volume.tx",
    "volume_rx": "volume.rx",
    "cost": "cost",
    "currency_id": "currency.id",
    "currency_code": "currency.code",
    "currency_symbol": "currency.symbol",
    "ratezone_tariff_id": "tariff.id",
    "ratezone_tariff_name": "tariff.name",
    "ratezone_id": "tariff.ratezone.id",
    "ratezone_name": "tariff.ratezone.name",
    "endpoint_name": "endpoint.name",
    "endpoint_ip_address": "endpoint.ip_address",
    "endpoint_tags": "endpoint.tags",
    "endpoint_imei": "endpoint.imei",
    "msisdn_msisdn": "sim.msisdn",
    "sim_production_date": "sim.production_date",
    "operator_mncs": "operator.mnc",
    "country_mcc": "operator.country.mcc",
}


def file_name(kind: str, at_ms: int) -> str:
    """The name of a file [D]; it has no more than the second."""
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{_PREFIXES.get(kind, 'events')}_{moment:%Y%m%d_%H%M%S}.csv"


def file_body(kind: str, records: Sequence[Mapping[str, Any]]) -> bytes:
    """The lines of a file, with a heading."""
    flat = [_flat(record) for record in records]
    if kind == USAGE:
        columns = _USAGE
    else:
        names = dict.fromkeys(name for record in flat for name in record)
        columns = {name.replace(".", "_"): name for name in names}
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([record.get(place, "") for place in columns.values()] for record in flat)
    return out.getvalue().encode()


def _flat(value: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """The fields of a record, with dots between their names."""
    found: dict[str, str] = {}
    for name, item in value.items():
        if isinstance(item, Mapping):
            found |= _flat(item, f"{before}{name}.")
        elif item is not None:
            found[before + name] = item if isinstance(item, str) else json.dumps(item)
    return found
