"""One stream of an organisation, as memory keeps it and as the table holds it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

EVENT, USAGE, SMS = "EVENT", "USAGE", "SMS"
TYPES = (EVENT, USAGE, SMS)

ACTIVE, STOPPED, FAILED = "ACTIVE", "STOPPED", "FAILED"

KINESIS = "kinesis://"  # kinesis://region/name
S3 = "s3://"  # s3://region/bucket, with ?role=… of a role to assume
_APIS = {KINESIS: "KINESIS", S3: "S3"}  # every other URL is REST


@dataclass(frozen=True)
class Stream:
    """A stream; what may be secret stays out of `repr`."""

    stream_id: str
    organisation_id: int
    name: str
    type: str
    url: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    state: str
    created_ms: int
    error: str | None = None

    @classmethod
    def of_row(cls, row: Any) -> Stream:
        return cls(**row._mapping)

    @property
    def api(self) -> str:
        """REST, KINESIS or S3."""
        return _APIS.get(self.url.partition("//")[0] + "//", "REST")
