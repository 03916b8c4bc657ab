"""The plugins of organisations: installed, listed, restarted and removed; one for each partner.

plugin = plugins.install(organisation_id, MenderDetails(tenant_token), work)
plugins.of_partner(organisation_id, MENDER)         # asked with each request of the proxy
plugins.uninstall(organisation_id, plugin.plugin_id, work)
"""

from __future__ import annotations

import string
from collections.abc import Callable, Sequence
from dataclasses import replace
from random import Random

from sqlalchemy import bindparam, delete, select

from nce_sim.problems import Conflict, NotFound
from nce_sim.services.identifiers import nanoid
from nce_sim.services.plugins.mender import Tokens
from nce_sim.services.plugins.partners import (
    FAILED,
    INSTALLED,
    Details,
    MemfaultDetails,
    MenderDetails,
    Plugin,
    key_pair,
)
from nce_sim.services.plugins.settings import PluginSettings
from nce_sim.services.plugins.tables import PLUGIN
from nce_sim.storage import Storage, Work, upsert

_PUT = upsert(PLUGIN)
_DROP = delete(PLUGIN).where(PLUGIN.c.plugin_id == bindparam("of_plugin"))
_KEY_CHARACTERS = 32

Listener = Callable[[Plugin, Work], None]


class Plugins:
    """All installed plugins; `wall_ms()` is the world's time."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        random: Random,
        settings: PluginSettings | None = None,
    ) -> None:
        self.settings = settings or PluginSettings()
        self.tokens = Tokens(storage)
        self._wall_ms = wall_ms
        self._random = random
        self._plugins: dict[tuple[int, str], Plugin] = {}
        self._on_uninstall: list[Listener] = []
        for row in storage.read(select(PLUGIN)):
            plugin = Plugin.of(row)
            self._plugins[plugin.organisation_id, plugin.partner] = plugin

    def on_uninstall(self, listener: Listener) -> None:
        """Call `listener(plugin, work)` when a plugin is removed, in the same work."""
        self._on_uninstall.append(listener)

    # -- for the customer ------------------------------------------------------------------

    def install(self, organisation_id: int, details: Details, work: Work) -> Plugin:
        """Install the plugin of a partner.

        Raises Invalid for wrong details, and Conflict when the partner's is installed already.
        """
        details.check()
        if (organisation_id, details.partner) in self._plugins:
            raise Conflict(
                f"the plugin of {details.partner} is installed already; it cannot be changed: "
                "uninstall it first"
            )
        now_ms = self._wall_ms()
        plugin = Plugin(
            nanoid(self._random),
            organisation_id,
            details.partner,
            INSTALLED,
            now_ms,
            now_ms,
            self._completed(organisation_id, details),
        )
        self._put(plugin, work)
        return plugin

    def list(self, organisation_id: int) -> Sequence[Plugin]:
        """The plugins of an organisation, the oldest first; those of one instant by their ids."""
        own = (one for key, one in self._plugins.items() if key[0] == organisation_id)
        return sorted(own, key=lambda plugin: (plugin.created_ms, plugin.plugin_id))

    def get(self, organisation_id: int, plugin_id: str) -> Plugin:
        """One plugin; NotFound when the organisation does not have it."""
        for plugin in self.list(organisation_id):
            if plugin.plugin_id == plugin_id:
                return plugin
        raise NotFound(f"there is no plugin {plugin_id!r}")

    def uninstall(self, organisation_id: int, plugin_id: str, work: Work) -> None:
        """Remove a plugin with its keys and its devices' tokens."""
        plugin = self.get(organisation_id, plugin_id)
        key = (organisation_id, plugin.partner)
        work.on_rollback(lambda: self._plugins.__setitem__(key, plugin))
        del self._plugins[key]
        work.write(_DROP, {"of_plugin": plugin_id})
        self.tokens.drop_all(plugin_id, work)
        for listener in self._on_uninstall:
            listener(plugin, work)

    # -- for the proxy and the outbox ------------------------------------------------------

    def of_partner(self, organisation_id: int, partner: str) -> Plugin | None:
        """The installed plugin of a partner, or None."""
        return self._plugins.get((organisation_id, partner))

    def with_id(self, plugin_id: str) -> Plugin | None:
        """A plugin of any organisation, or None."""
        found = (one for one in self._plugins.values() if one.plugin_id == plugin_id)
        return next(found, None)

    def set_status(self, plugin: Plugin, has_failed: bool, work: Work) -> Plugin:
        """Note that a plugin failed, or works again."""
        status = FAILED if has_failed else INSTALLED
        changed = replace(plugin, status=status, updated_ms=self._wall_ms())
        self._put(changed, work)
        return changed

    # -- inside ----------------------------------------------------------------------------

    def _completed(self, organisation_id: int, details: Details) -> Details:
        """The details with what 1NCE adds: a key pair, or a project at Memfault."""
        if isinstance(details, MenderDetails) and details.private_key is None:
            private, public = key_pair(self.settings.mender_key_bits)
            return replace(details, private_key=private, public_key=public)
        if isinstance(details, MemfaultDetails):
            settings = self.settings
            return MemfaultDetails(
                settings.memfault_email.format(organisation_id=organisation_id),
                settings.memfault_url.format(invitation=nanoid(self._random)),
                nanoid(self._random),
                settings.memfault_project_key or self._project_key(),
            )
        return details

    def _project_key(self) -> str:
        alphabet = string.ascii_letters + string.digits
        return "".join(self._random.choices(alphabet, k=_KEY_CHARACTERS))

    def _put(self, plugin: Plugin, work: Work) -> None:
        key = (plugin.organisation_id, plugin.partner)
        before = self._plugins.get(key)

        def undo() -> None:
            if before is None:
                del self._plugins[key]
            else:
                self._plugins[key] = before

        work.on_rollback(undo)
        self._plugins[key] = plugin
        work.write(_PUT, plugin.as_row())
