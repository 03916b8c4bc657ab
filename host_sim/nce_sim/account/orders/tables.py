"""The tables of orders: each with its products and its SIMs."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text

from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA

ORDER = Table(
    "customer_order",
    METADATA,
    Column("order_number", BIG, primary_key=True, autoincrement=False),
    Column("organisation_id", Integer, nullable=False),
    Column("order_type", String(16), nullable=False),
    Column("placed_ms", BIG, nullable=False),
    Column("status", String(16), nullable=False),
    Column("due_ms", BIG),  # of the next status; none when it is completed
    Column("invoice_number", String(20), nullable=False),
    Column("invoice_amount", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("payment_method", String(16), nullable=False),
    Column("reference", String(200)),
    Column("address", Text),  # JSON
    Index("customer_order_by_organisation", "organisation_id", "order_number"),
    Index("customer_order_by_due", "due_ms"),
)

ORDER_LINE = Table(
    "order_line",
    METADATA,
    Column("order_number", BIG, primary_key=True, autoincrement=False),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("product_id", Integer, nullable=False),
    Column("quantity", Integer, nullable=False),
)

ORDER_SIM = Table(
    "order_sim",
    METADATA,
    Column("order_number", BIG, primary_key=True, autoincrement=False),
    Column("iccid", String(19), primary_key=True),
)
