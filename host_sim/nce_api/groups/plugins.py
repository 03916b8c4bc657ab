"""`client.plugins`: plugins of partners."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, pages
from nce_api.models.plugins import (
    DatacakePlugin,
    MenderPlugin,
    NewDatacakePlugin,
    NewMemfaultPlugin,
    NewMenderPlugin,
    NewTartabitPlugin,
    Plugin,
    PluginDetails,
    RestartedPlugin,
    TartabitPlugin,
)


class Plugins(Group[M]):
    """Plugins of partners."""

    @call("plugins.install_datacake")
    def install_datacake(self, plugin: NewDatacakePlugin) -> Call[DatacakePlugin]:
        """Install Datacake."""
        return Call(body=plugin)

    @call("plugins.install_mender")
    def install_mender(self, plugin: NewMenderPlugin) -> Call[MenderPlugin]:
        """Install Mender."""
        return Call(body=plugin)

    @call("plugins.install_tartabit")
    def install_tartabit(self, plugin: NewTartabitPlugin) -> Call[TartabitPlugin]:
        """Install Tartabit."""
        return Call(body=plugin)

    @call("plugins.install_memfault")
    def install_memfault(self) -> Call[Plugin]:
        """Install Memfault."""
        return Call(body=NewMemfaultPlugin())

    @call("plugins.uninstall")
    def uninstall(self, plugin_id: str) -> Call[None]:
        """Uninstall a plugin."""
        return Call(plugin_id)

    @call("plugins.get")
    def get(self, plugin_id: str) -> Call[PluginDetails]:
        """One plugin."""
        return Call(plugin_id)

    @call("plugins.restart")
    def restart(self, plugin_id: str) -> Call[RestartedPlugin]:
        """Restart a plugin that failed."""
        return Call(plugin_id)

    @pages("plugins.list")
    def list(self) -> Pages[Plugin]:
        """All plugins."""
        return Pages()
