"""Tables of LwM2M: which SIMs bootstrapped, which are registered, and what is observed.

Keys are the authenticator's. Times are in ms since 1970.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

# The last bootstrap of a SIM.
LWM2M_BOOTSTRAP = Table(
    "lwm2m_bootstrap",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("bootstrapped_ms", BIG, nullable=False),
)

# The client of a SIM, while it is registered: `due_ms` is when its lifetime is over.
LWM2M_REGISTRATION = Table(
    "lwm2m_registration",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("organisation_id", Integer, nullable=False, index=True),
    Column("location", String(21), nullable=False, unique=True),
    Column("endpoint_name", Text, nullable=False),
    Column("host", String(15), nullable=False),
    Column("port", Integer, nullable=False),
    Column("is_secure", Boolean, nullable=False),
    Column("version", String(8), nullable=False),
    Column("lifetime_s", BIG, nullable=False),
    Column("binding", String(8), nullable=False),
    Column("is_queueing", Boolean, nullable=False),
    Column("links", Text, nullable=False),
    Column("registered_ms", BIG, nullable=False),
    Column("updated_ms", BIG, nullable=False),
    Column("due_ms", BIG, nullable=False, index=True),
)

# What a registered client is asked to notify of; the number and time of its last notification.
LWM2M_OBSERVATION = Table(
    "lwm2m_observation",
    METADATA,
    Column("token", String(16), primary_key=True),
    Column("iccid", String(19), nullable=False, index=True),
    Column("path", String(24), nullable=False),
    Column("started_ms", BIG, nullable=False),
    Column("number", BIG),
    Column("notified_ms", BIG),
)
