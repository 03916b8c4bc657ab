"""The partners: what a tile says, what a form asks for, and what an installed plugin tells.

PARTNERS["DATACAKE"].tagline            # "Data Visualization"
facts_of(plugin)                        # [("Workspace ID", "…")], without secrets
"""

from __future__ import annotations

from typing import NamedTuple

from nce_api.models.plugins import (
    DatacakePlugin,
    MemfaultPlugin,
    MenderPlugin,
    PluginDetails,
    TartabitPlugin,
)

TARTABIT_SERVERS = {"bridge-us.tartabit.com": "SaaS - USA: bridge-us.tartabit.com"}  # [F]


class Partner(NamedTuple):
    """A tile; the taglines are 1NCE's [D]."""

    name: str
    tagline: str
    icon: str
    text: str
    install: str


PARTNERS = {
    "DATACAKE": Partner(
        "Datacake",
        "Data Visualization",
        "dashboard",
        "Shows what your devices send on dashboards. It gets all events.",
        "Install plugin",
    ),
    "MENDER": Partner(
        "Mender",
        "Firmware Over-the-Air Management",
        "system_update",
        "Updates the firmware of your devices, which ask for it through the CoAP proxy.",
        "Install plugin",
    ),
    "TARTABIT": Partner(
        "Tartabit",
        "Azure Integration",
        "cloud",
        "Passes all events on to Azure by the Tartabit IoT Bridge.",
        "Install plugin",
    ),
    "MEMFAULT": Partner(
        "Memfault",
        "Device Observability",
        "monitor_heart",
        "Collects crashes and metrics of your devices, which send them through the CoAP proxy.",
        "Register with Memfault",
    ),
}


def webhook_of(server: str, key: str) -> str:
    """Where Tartabit is sent to [F]."""
    return f"https://{server}/webhook/{key}"


def facts_of(plugin: PluginDetails) -> list[tuple[str, str]]:
    """What an installed plugin tells."""
    if isinstance(plugin, DatacakePlugin):
        return [("Workspace ID", plugin.workspaceId)]
    if isinstance(plugin, TartabitPlugin):
        return [("Server", plugin.serverDomain)]
    if isinstance(plugin, MenderPlugin):
        return [("Public key", plugin.publicKey)]
    return [("Owner e-mail", plugin.email), ("Project ID", plugin.memfaultProjectId)]


def link_of(plugin: PluginDetails) -> str | None:
    """The partner's own portal, where the plugin tells it."""
    if isinstance(plugin, MemfaultPlugin) and plugin.url.startswith("https://"):
        return plugin.url
    return None
