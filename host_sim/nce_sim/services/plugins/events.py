"""Datacake and Tartabit as targets of events: what happens to devices goes to them by the outbox.

    events = PluginEvents(plugins, deliveries, wall_ms, random, owners=..., logs=..., ...)
    integrator.keep(events.keep)
    tried = await events.restart(organisation_id, plugin_id)        # of one that failed

Both get all event types as JSON, one a request. After the waits of webhooks a plugin has failed:
what waits for it is dropped, and the administration log and the integrations hear of it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol, TypeVar
from urllib.parse import quote, urlsplit

from nce_sim.deliveries import Deliveries, Delivery, Message, Outcome, Request
from nce_sim.problems import Conflict
from nce_sim.services.identifiers import ksuid, trace_id
from nce_sim.services.logs.service import AdminLogs, LogItem
from nce_sim.services.plugins.partners import (
    FAILED,
    INSTALLED,
    DatacakeDetails,
    Plugin,
    TartabitDetails,
)
from nce_sim.services.plugins.service import Plugins
from nce_sim.storage import Work

Result = TypeVar("Result")
Event = dict[str, Any]

PLUGIN_DISABLED = "CloudIntegrator[PluginDisabled]"  # [D]
_DISABLED_TEXT = (  # [D]
    "One of your plugins has failed. Please check the plugins section of 1NCE OS"
)
_VERSION = "1.0.0"  # [D] of every event type


class Owners(Protocol):
    """Whose a SIM is."""

    def organisation_of(self, iccid: str) -> int | None: ...


class Write(Protocol):
    """Writes in line with the devices' messages (`Backend.write`)."""

    def __call__(self, call: Callable[[Work], Result]) -> Awaitable[Result]: ...


@dataclass(frozen=True)
class Restarted:
    """How a restart went, and the plugin after it."""

    is_ok: bool
    message: str
    plugin: Plugin


class PluginEvents:
    """What `Deliveries` asks about plugins, and what puts events into it.

    `offer(organisation_id, event, work)` hands an event to the organisation's integrations.
    """

    kind = "plugin"
    most_together = 1

    def __init__(
        self,
        plugins: Plugins,
        deliveries: Deliveries,
        wall_ms: Callable[[], int],
        random: Random,
        *,
        owners: Owners,
        logs: AdminLogs,
        offer: Callable[[int, Event, Work], None],
        write: Write,
    ) -> None:
        self._plugins = plugins
        self._deliveries = deliveries
        self._wall_ms = wall_ms
        self._random = random
        self._owners = owners
        self._logs = logs
        self._offer = offer
        self._write = write
        deliveries.register(self)
        plugins.on_uninstall(
            lambda plugin, work: deliveries.drop(self.kind, plugin.plugin_id, work)
        )

    # -- events ----------------------------------------------------------------------------

    def keep(self, event: Event, work: Work) -> None:
        """Put an event of a device into the outbox for each plugin that gets events."""
        device = event.get("device")
        if device is None:
            return
        organisation_id = self._owners.organisation_of(device["iccid"])
        if organisation_id is None:
            return
        body = ""
        for plugin in self._plugins.list(organisation_id):
            if plugin.status == INSTALLED and self._url(plugin) is not None:
                body = body or json.dumps(event, separators=(",", ":"))
                message = Message(organisation_id, self.kind, plugin.plugin_id, event["id"], body)
                self._deliveries.add(message, work)

    def _url(self, plugin: Plugin) -> str | None:
        """Where a plugin gets events; None for one that gets none."""
        details, settings = plugin.details, self._plugins.settings
        if isinstance(details, DatacakeDetails):
            url = settings.datacake_url.format(workspace_id=quote(details.workspace_id, safe=""))
        elif isinstance(details, TartabitDetails):
            url = settings.tartabit_url.format(
                server_domain=details.server_domain,
                webhook_key=quote(details.webhook_key, safe="()@:=&"),
            )
        else:
            return None
        parts = urlsplit(url)
        stand_in = settings.stand_ins.get(parts.netloc)
        return url if stand_in is None else stand_in.rstrip("/") + parts.path

    # -- an owner of deliveries ------------------------------------------------------------

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        """The request that carries an event; None while the plugin takes none."""
        plugin = self._plugins.with_id(target_id)
        if plugin is None or plugin.status != INSTALLED:
            return None
        [delivery] = deliveries
        return self._request(plugin, delivery.body, delivery.delivery_id)

    def _request(self, plugin: Plugin, body: str, delivery_id: str) -> Request:
        headers = {"content-type": "application/json"}
        timeout_ms = self._plugins.settings.upstream_timeout_ms
        url = self._url(plugin) or ""
        return Request("POST", url, headers, body.encode(), delivery_id, timeout_ms)

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        """A 2xx takes the event; else it is tried again, until the plugin has failed."""
        plugin = self._plugins.with_id(target_id)
        if plugin is None or _is_taken(outcome):
            return None
        tries, waits_ms = deliveries[0].tries, self._plugins.settings.waits_ms
        if tries < len(waits_ms):
            return waits_ms[tries]
        self._fail(plugin, work)
        return None

    def _fail(self, plugin: Plugin, work: Work) -> None:
        self._plugins.set_status(plugin, has_failed=True, work=work)
        self._deliveries.drop(self.kind, plugin.plugin_id, work)
        now_ms = self._wall_ms()
        event_id, log_id = trace_id(now_ms, self._random), ksuid(now_ms, self._random)
        log = LogItem(
            log_id,
            now_ms,
            "INTEGRATION",
            "error",
            PLUGIN_DISABLED,
            _DISABLED_TEXT,
            event_id,
            None,
            None,
            plugin.organisation_id,
        )
        self._logs.add(log, work)
        error = {
            "id": log_id,
            "type": "INTEGRATION",
            "message": PLUGIN_DISABLED,
            "description": _DISABLED_TEXT,
            "payloadExists": False,
        }
        event = {
            "id": event_id,
            "type": "ERROR",
            "received": str(now_ms),
            "version": _VERSION,
            "error": error,
        }
        self._offer(plugin.organisation_id, event, work)

    # -- restarts --------------------------------------------------------------------------

    async def restart(self, organisation_id: int, plugin_id: str) -> Restarted:
        """Send a TEST_MESSAGE to a plugin that failed: an answer makes it work again.

        Raises NotFound for an unknown plugin, and Conflict for one that did not fail.
        """
        plugin = self._plugins.get(organisation_id, plugin_id)
        if plugin.status != FAILED:
            raise Conflict(f"plugin {plugin_id!r} is {plugin.status}; only a failed one restarts")
        outcome = await self._tried(plugin)
        if not _is_taken(outcome):
            return Restarted(False, f"Restart has failed: {outcome}", plugin)

        def restarted(work: Work) -> Plugin:
            work.after_commit(lambda: self._deliveries.wake(self.kind, plugin_id))
            now = self._plugins.get(organisation_id, plugin_id)
            return self._plugins.set_status(now, has_failed=False, work=work)

        return Restarted(True, "Restart was successful", await self._write(restarted))

    async def _tried(self, plugin: Plugin) -> Outcome:
        now_ms = self._wall_ms()
        event_id = trace_id(now_ms, self._random)
        event = {
            "id": event_id,
            "type": "TEST_MESSAGE",
            "received": str(now_ms),
            "version": _VERSION,
            "integration": {"id": plugin.plugin_id, "name": plugin.partner},
        }
        body = json.dumps(event, separators=(",", ":"))
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        request = self._request(plugin, body, event_id)
        handle = self._deliveries.transport.send(request, done)
        try:
            return await answer
        finally:
            handle.cancel()


def _is_taken(outcome: Outcome) -> bool:
    return outcome.status is not None and 200 <= outcome.status < 300
