"""Accounts and services: sign-in, SIMs and what they may use, orders, SMS, events, deliveries.

Written from the tables as they were then; tables that came later have revisions of their own.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from nce_sim.storage.columns import BIG

revision = "0003"
down_revision = "0002"


def upgrade() -> None:  # noqa: PLR0915
    """Add the tables, and the columns and indexes of older ones."""
    op.create_table(
        "action_request",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("request_id", sa.String(length=27), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("ip", sa.String(length=15), nullable=False),
        sa.Column("protocol", sa.String(length=5), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("status", sa.String(length=11), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("due_ms", BIG, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_left", sa.Integer(), nullable=False),
        sa.Column("request", sa.Text(), nullable=False),
        sa.Column("result", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("request_id"),
    )
    op.create_index(
        "action_request_of_device", "action_request", ["device_id", "status"], unique=False
    )
    op.create_index(
        "action_request_of_organisation",
        "action_request",
        ["organisation_id", "status", "created_ms"],
        unique=False,
    )
    op.create_index(
        op.f("ix_action_request_created_ms"), "action_request", ["created_ms"], unique=False
    )
    op.create_index(op.f("ix_action_request_due_ms"), "action_request", ["due_ms"], unique=False)
    op.create_table(
        "api_credential",
        sa.Column("client_id", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("last_used_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("client_id"),
    )
    op.create_index(
        "api_credential_by_organisation", "api_credential", ["organisation_id"], unique=False
    )
    op.create_table(
        "cell_tower",
        sa.Column("mcc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mnc", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("area", BIG, autoincrement=False, nullable=False),
        sa.Column("cell", BIG, autoincrement=False, nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("range_m", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("mcc", "mnc", "area", "cell"),
    )
    op.create_table(
        "cell_tower_event",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("sampled_ms", BIG, nullable=False),
        sa.Column("mcc", sa.String(length=3), nullable=False),
        sa.Column("mnc", sa.String(length=3), nullable=False),
        sa.Column("area", BIG, nullable=False),
        sa.Column("cell", BIG, nullable=False),
        sa.Column("access", sa.String(length=6), nullable=False),
        sa.Column("mode", sa.String(length=8), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=True),
        sa.Column("latitude", sa.Double(), nullable=True),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        "cell_tower_event_of_device",
        "cell_tower_event",
        ["organisation_id", "iccid", "sampled_ms"],
        unique=False,
    )
    op.create_index(
        op.f("ix_cell_tower_event_sampled_ms"), "cell_tower_event", ["sampled_ms"], unique=False
    )
    op.create_table(
        "customer_order",
        sa.Column("order_number", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("order_type", sa.String(length=16), nullable=False),
        sa.Column("placed_ms", BIG, nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("due_ms", BIG, nullable=True),
        sa.Column("invoice_number", sa.String(length=20), nullable=False),
        sa.Column("invoice_amount", sa.String(length=20), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("payment_method", sa.String(length=16), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("order_number"),
    )
    op.create_index("customer_order_by_due", "customer_order", ["due_ms"], unique=False)
    op.create_index(
        "customer_order_by_organisation",
        "customer_order",
        ["organisation_id", "order_number"],
        unique=False,
    )
    op.create_table(
        "delivery",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("delivery_id", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("target_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("due_ms", BIG, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(
        "delivery_by_target", "delivery", ["kind", "target_id", "number"], unique=False
    )
    op.create_table(
        "device_endpoint",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("protocol", sa.String(length=5), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "protocol"),
    )
    op.create_table(
        "geofence",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("fence_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("device_id", sa.String(length=19), nullable=True),
        sa.Column("shape", sa.Text(), nullable=False),
        sa.Column("event_types", sa.String(length=10), nullable=False),
        sa.Column("sources", sa.String(length=13), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("fence_id"),
    )
    op.create_index(
        "geofence_of_organisation", "geofence", ["organisation_id", "number"], unique=False
    )
    op.create_table(
        "geofence_state",
        sa.Column("fence_id", sa.String(length=21), nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("is_inside", sa.Boolean(), nullable=False),
        sa.Column("sampled_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("fence_id", "iccid"),
    )
    op.create_table(
        "integration",
        sa.Column("integration_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=18), nullable=False),
        sa.Column("event_types", sa.Text(), nullable=False),
        sa.Column("json_payload", sa.Boolean(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("first_success_ms", BIG, nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("jwt", sa.Text(), nullable=True),
        sa.Column("aws_account_id", sa.String(length=12), nullable=True),
        sa.Column("region", sa.String(length=32), nullable=True),
        sa.Column("rollout_due_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("integration_id"),
    )
    op.create_index(
        op.f("ix_integration_organisation_id"), "integration", ["organisation_id"], unique=False
    )
    op.create_table(
        "key_import",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("job_id", sa.String(length=27), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("due_ms", BIG, nullable=True),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("job_id"),
    )
    op.create_index("key_import_by_due", "key_import", ["due_ms"], unique=False)
    op.create_index(
        "key_import_by_organisation", "key_import", ["organisation_id", "number"], unique=False
    )
    op.create_table(
        "key_import_item",
        sa.Column("job_id", sa.String(length=27), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("protocol", sa.String(length=5), nullable=False),
        sa.Column("text", sa.String(length=128), nullable=False),
        sa.Column("key_format", sa.String(length=6), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "position"),
    )
    op.create_table(
        "latest_position",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("sampled_ms", BIG, nullable=False),
        sa.Column("source", sa.String(length=9), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id", "iccid"),
    )
    op.create_table(
        "lwm2m_key",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("text", sa.String(length=256), nullable=False),
        sa.Column("key_format", sa.String(length=6), nullable=False),
        sa.Column("is_customers", sa.Boolean(), nullable=False),
        sa.Column("called_ms", BIG, nullable=True),
        sa.Column("created_ms", BIG, nullable=True),
        sa.Column("updated_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("iccid"),
    )
    op.create_table(
        "mender_token",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("host", sa.String(length=64), nullable=False),
        sa.Column("plugin_id", sa.String(length=21), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("iccid", "host"),
    )
    op.create_index(op.f("ix_mender_token_plugin_id"), "mender_token", ["plugin_id"], unique=False)
    op.create_table(
        "onboarded",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("iccid"),
    )
    op.create_table(
        "onboarding_ca",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("certificate", sa.Text(), nullable=False),
        sa.Column("private_key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "order_line",
        sa.Column("order_number", BIG, autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.Integer(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("order_number", "position"),
    )
    op.create_table(
        "order_sim",
        sa.Column("order_number", BIG, autoincrement=False, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.PrimaryKeyConstraint("order_number", "iccid"),
    )
    op.create_table(
        "organisation",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("account_number", sa.String(length=20), nullable=False),
        sa.Column("block", sa.String(length=18), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("vat_id", sa.String(length=20), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("payment_methods", sa.String(length=100), nullable=False),
        sa.Column("locks_new_sims", sa.Boolean(), nullable=False),
        sa.Column("tops_up_new_sims", sa.Boolean(), nullable=False),
        sa.Column("breakout_mode", sa.String(length=9), nullable=True),
        sa.Column("breakout_region", sa.String(length=40), nullable=True),
        sa.Column("apn", sa.String(length=100), nullable=True),
        sa.PrimaryKeyConstraint("organisation_id"),
        sa.UniqueConstraint("account_number"),
    )
    op.create_table(
        "os_agreement",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("accepted_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "os_credit",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("credits", sa.Integer(), nullable=False),
        sa.Column("expires_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name"),
    )
    op.create_table(
        "os_setting",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "name"),
    )
    op.create_table(
        "plugin",
        sa.Column("plugin_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("partner", sa.String(length=8), nullable=False),
        sa.Column("status", sa.String(length=9), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("plugin_id"),
        sa.UniqueConstraint("organisation_id", "partner", name="plugin_of_partner"),
    )
    op.create_table(
        "portal_user",
        sa.Column("user_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("first_name", sa.String(length=100), nullable=False),
        sa.Column("last_name", sa.String(length=100), nullable=False),
        sa.Column("role", sa.String(length=9), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("hash", sa.String(length=200), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("last_used_ms", BIG, nullable=True),
        sa.PrimaryKeyConstraint("user_id"),
        sa.UniqueConstraint("email"),
    )
    op.create_index(
        "portal_user_by_organisation", "portal_user", ["organisation_id"], unique=False
    )
    op.create_table(
        "position",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("longitude", sa.Double(), nullable=False),
        sa.Column("latitude", sa.Double(), nullable=False),
        sa.Column("sampled_ms", BIG, nullable=False),
        sa.Column("source", sa.String(length=9), nullable=False),
        sa.Column("metadata", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_position_sampled_ms"), "position", ["sampled_ms"], unique=False)
    op.create_index(
        "position_of_device", "position", ["organisation_id", "iccid", "sampled_ms"], unique=False
    )
    op.create_table(
        "postal_address",
        sa.Column("address_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("address_id"),
    )
    op.create_index(
        "postal_address_by_organisation", "postal_address", ["organisation_id"], unique=False
    )
    op.create_table(
        "saving",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("protocol", sa.String(length=5), nullable=False),
        sa.Column("messages", sa.Integer(), nullable=False),
        sa.Column("json_bytes", sa.Integer(), nullable=False),
        sa.Column("payload_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "day", "iccid", "protocol"),
    )
    op.create_table(
        "service_communication",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("direction", sa.String(length=3), nullable=False),
        sa.Column("kind", sa.String(length=9), nullable=False),
        sa.Column("originator", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "position"),
    )
    op.create_table(
        "service_request",
        sa.Column("case_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("solved_ms", BIG, nullable=True),
        sa.Column("status", sa.String(length=11), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index(
        "service_request_by_organisation",
        "service_request",
        ["organisation_id", "case_id"],
        unique=False,
    )
    op.create_table(
        "short_message",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("dcs", sa.Integer(), nullable=False),
        sa.Column("header", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_ms", BIG, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_type", sa.Integer(), nullable=False),
        sa.Column("destination", sa.Text(), nullable=False),
        sa.Column("pid", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Integer(), nullable=False),
        sa.Column("wants_report", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("final_ms", BIG, nullable=True),
        sa.Column("expires_ms", BIG, nullable=True),
        sa.Column("attempt_method", sa.String(length=5), nullable=True),
        sa.Column("attempt_tries", sa.Integer(), nullable=True),
        sa.Column("attempt_due_ms", BIG, nullable=True),
        sa.Column("report", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_short_message_iccid"), "short_message", ["iccid"], unique=False)
    op.create_table(
        "sim_change",
        sa.Column("number", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("due_ms", BIG, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=True),
        sa.Column("imei_lock", sa.Boolean(), nullable=True),
        sa.Column("label", sa.String(length=255), nullable=True),
        sa.Column("is_reset", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_index(op.f("ix_sim_change_due_ms"), "sim_change", ["due_ms"], unique=False)
    op.create_table(
        "sim_event",
        sa.Column("id", BIG, autoincrement=False, nullable=False),
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("type", sa.Integer(), nullable=False),
        sa.Column("severity", sa.Integer(), nullable=False),
        sa.Column("source", sa.Integer(), nullable=False),
        sa.Column("alert", sa.Boolean(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_sim_event_at_ms"), "sim_event", ["at_ms"], unique=False)
    op.create_index("sim_event_by_sim", "sim_event", ["iccid", "id"], unique=False)
    op.create_table(
        "sim_limit",
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=5), nullable=False),
        sa.Column("option_id", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id", "service"),
    )
    op.create_table(
        "sim_usage",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("day_ms", BIG, autoincrement=False, nullable=False),
        sa.Column("data_tx", BIG, nullable=False),
        sa.Column("data_rx", BIG, nullable=False),
        sa.Column("data_total", BIG, nullable=False),
        sa.Column("sms_tx", BIG, nullable=False),
        sa.Column("sms_rx", BIG, nullable=False),
        sa.PrimaryKeyConstraint("iccid", "day_ms"),
    )
    op.create_table(
        "sms_forwarder",
        sa.Column("organisation_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("organisation_id"),
    )
    op.create_table(
        "stream",
        sa.Column("stream_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("type", sa.String(length=5), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=7), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("stream_id"),
    )
    op.create_index(op.f("ix_stream_organisation_id"), "stream", ["organisation_id"], unique=False)
    op.create_table(
        "stream_record",
        sa.Column("record_id", BIG, autoincrement=False, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(length=5), nullable=False),
        sa.Column("at_ms", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("record_id"),
    )
    op.create_index(op.f("ix_stream_record_at_ms"), "stream_record", ["at_ms"], unique=False)
    op.create_index(
        "stream_record_by_organisation",
        "stream_record",
        ["organisation_id", "type", "record_id"],
        unique=False,
    )
    op.create_table(
        "subscription",
        sa.Column("iccid", sa.String(length=19), nullable=False),
        sa.Column("imsi", sa.String(length=15), nullable=False),
        sa.Column("current_imsi", sa.String(length=15), nullable=False),
        sa.Column("msisdn", sa.String(length=15), nullable=False),
        sa.Column("address", sa.String(length=15), nullable=False),
        sa.Column("number", BIG, nullable=False),
        sa.Column("organisation_id", BIG, nullable=False),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("activation_ms", BIG, nullable=False),
        sa.Column("platform", sa.String(length=3), nullable=False),
        sa.Column("sim_class", sa.Text(), nullable=False),
        sa.Column("form", sa.Text(), nullable=False),
        sa.Column("imsi_2", sa.String(length=15), nullable=True),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("imei", sa.String(length=16), nullable=True),
        sa.Column("locked_imei", sa.String(length=16), nullable=True),
        sa.Column("is_imei_locked", sa.Boolean(), nullable=False),
        sa.Column("tops_up_by_itself", sa.Boolean(), nullable=False),
        sa.Column("is_expired", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("expires_at_ms", BIG, nullable=False),
        sa.Column("data_total", BIG, nullable=False),
        sa.Column("data_used", BIG, nullable=False),
        sa.Column("data_basis", BIG, nullable=False),
        sa.Column("data_last_added", BIG, nullable=False),
        sa.Column("data_threshold_reached_at_ms", BIG, nullable=True),
        sa.Column("data_exceeded_at_ms", BIG, nullable=True),
        sa.Column("sms_total", BIG, nullable=False),
        sa.Column("sms_used", BIG, nullable=False),
        sa.Column("sms_basis", BIG, nullable=False),
        sa.Column("sms_last_added", BIG, nullable=False),
        sa.Column("sms_threshold_reached_at_ms", BIG, nullable=True),
        sa.Column("sms_exceeded_at_ms", BIG, nullable=True),
        sa.Column("data_limit", BIG, nullable=True),
        sa.Column("data_in_month", BIG, nullable=False),
        sa.Column("data_month", sa.Integer(), nullable=False),
        sa.Column("sms_mo_limit", BIG, nullable=True),
        sa.Column("sms_mo_in_month", BIG, nullable=False),
        sa.Column("sms_mo_month", sa.Integer(), nullable=False),
        sa.Column("sms_mt_limit", BIG, nullable=True),
        sa.Column("sms_mt_in_month", BIG, nullable=False),
        sa.Column("sms_mt_month", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("iccid"),
    )
    op.create_index(
        op.f("ix_subscription_organisation_id"), "subscription", ["organisation_id"], unique=False
    )
    op.create_table(
        "template",
        sa.Column("number", BIG, autoincrement=True, nullable=False),
        sa.Column("template_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("protocols", sa.String(length=9), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("updated_ms", BIG, nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("template_id"),
    )
    op.create_index(
        "template_by_organisation", "template", ["organisation_id", "number"], unique=False
    )
    op.create_table(
        "vpn_configuration",
        sa.Column("vpn_id", sa.String(length=21), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("created_ms", BIG, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("vpn_id"),
    )
    op.create_index(
        "vpn_configuration_by_organisation", "vpn_configuration", ["organisation_id"], unique=False
    )
    op.add_column("admin_log", sa.Column("organisation_id", sa.Integer(), nullable=True))
    op.add_column("admin_log", sa.Column("imsi", sa.String(length=15), nullable=True))
    op.add_column("admin_log", sa.Column("ip", sa.String(length=15), nullable=True))
    op.add_column("admin_log", sa.Column("geofence_id", sa.String(length=21), nullable=True))
    op.add_column("admin_log", sa.Column("integration_id", sa.String(length=21), nullable=True))
    op.create_index("admin_log_by_id", "admin_log", ["log_id"], unique=False)
    op.create_index(
        "admin_log_by_organisation", "admin_log", ["organisation_id", "number"], unique=False
    )
    op.add_column("credential", sa.Column("created_ms", BIG, nullable=True))
    op.add_column("credential", sa.Column("updated_ms", BIG, nullable=True))
    op.add_column("history", sa.Column("organisation_id", sa.Integer(), nullable=True))
    op.create_index(
        "history_by_organisation",
        "history",
        ["organisation_id", "protocol", "number"],
        unique=False,
    )
    op.add_column("state", sa.Column("organisation_id", sa.Integer(), nullable=True))
