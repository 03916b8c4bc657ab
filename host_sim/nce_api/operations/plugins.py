"""Plugins of partners."""

from nce_api.models import plugins
from nce_api.operations.parameters import AT_ONCE
from nce_api.operations.shape import Operation

_DOCUMENT = "1nce-os"

OPERATIONS = (
    Operation(
        "plugins.install_datacake",
        "POST",
        "/v1/partners/DATACAKE/plugins",
        document=_DOCUMENT,
        answers={201: plugins.DatacakePlugin},
        errors=(400, 401, 403, 409, 500),
        body=plugins.NewDatacakePlugin,
        once="look for it in plugins.list()",
    ),
    Operation(
        "plugins.install_mender",
        "POST",
        "/v1/partners/MENDER/plugins",
        document=_DOCUMENT,
        answers={201: plugins.MenderPlugin},
        errors=(400, 401, 403, 409, 500),
        body=plugins.NewMenderPlugin,
        once="look for it in plugins.list()",
    ),
    Operation(
        "plugins.install_tartabit",
        "POST",
        "/v1/partners/TARTABIT/plugins",
        document=_DOCUMENT,
        answers={201: plugins.TartabitPlugin},
        errors=(400, 401, 403, 409, 500),
        body=plugins.NewTartabitPlugin,
        once="look for it in plugins.list()",
    ),
    Operation(
        "plugins.install_memfault",
        "POST",
        "/v1/partners/MEMFAULT/plugins",
        document=_DOCUMENT,
        answers={201: plugins.Plugin},
        errors=(400, 401, 403, 409, 500),
        body=plugins.NewMemfaultPlugin,
        once="look for it in plugins.list()",
    ),
    Operation(
        "plugins.uninstall",
        "DELETE",
        "/v1/partners/plugins/{pluginId}",
        document=_DOCUMENT,
        answers={204: None},
        errors=(401, 403, 404, 500),
    ),
    Operation(
        "plugins.get",
        "GET",
        "/v1/partners/plugins/{pluginId}",
        document=_DOCUMENT,
        answers={200: plugins.PluginDetails},
        errors=(401, 403, 404, 500),
    ),
    Operation(
        "plugins.restart",
        "POST",
        "/v1/partners/plugins/{pluginId}/restart",
        document=_DOCUMENT,
        answers={200: plugins.RestartedPlugin},
        errors=(401, 403, 404, 409, 500),
        once="see the plugin's status in plugins.get(plugin_id)",
    ),
    Operation(
        "plugins.list",
        "GET",
        "/v1/partners/plugins",
        document=_DOCUMENT,
        answers={200: plugins.PluginPage},
        errors=(401, 403, 500),
        paging=AT_ONCE,
    ),
)
