"""Plugins of partners: Datacake, Mender, Tartabit, Memfault."""

from pydantic import Field

from nce_api.models.clouds import Outcome
from nce_api.models.sides import Answer, Request

_SERVER = r"^[-A-Za-z0-9@:%.+~#=]{1,256}.[a-zA-Z0-9()]+\b([-A-Za-z0-9()@:%+.~#?&\/=]*)$"
_WEBHOOK = r"^[A-Za-z0-9()]+\b([-A-Za-z0-9()@:%_+.~#?&\/=]*)$"


class NewDatacakePlugin(Request):
    """Datacake's workspace."""

    workspaceId: str = Field(min_length=1, max_length=64, pattern="^[-A-Za-z0-9()@:%_+.~#?&/=]*$")


class NewMenderPlugin(Request):
    """Mender's tenant, and a key pair in PEM; 1NCE makes one if none is given."""

    tenantToken: str = Field(min_length=1, max_length=800, repr=False)
    privateKey: str | None = Field(default=None, min_length=1, max_length=3000, repr=False)
    publicKey: str | None = Field(default=None, min_length=1, max_length=1000)


class NewTartabitPlugin(Request):
    """Tartabit's server and the key of its webhook."""

    serverDomain: str = Field(min_length=1, max_length=253, pattern=_SERVER)
    webhookKey: str = Field(min_length=1, max_length=40, pattern=_WEBHOOK, repr=False)


class NewMemfaultPlugin(Request):
    """Nothing: 1NCE opens the account at Memfault."""


class Plugin(Answer):
    """A plugin in short."""

    id: str
    partner: str
    created: str
    updated: str
    status: str


class PluginPage(Answer):
    """All plugins."""

    items: list[Plugin]
    page: int
    pageAmount: int


class DatacakePlugin(Answer):
    """Datacake shows data."""

    id: str
    partner: str
    created: str
    updated: str
    status: str
    workspaceId: str


class MenderPlugin(Answer):
    """Mender updates firmware."""

    id: str
    partner: str
    created: str
    updated: str
    status: str
    tenantToken: str = Field(repr=False)
    privateKey: str = Field(repr=False)
    publicKey: str


class TartabitPlugin(Answer):
    """Tartabit connects to Azure."""

    id: str
    partner: str
    created: str
    updated: str
    status: str
    serverDomain: str
    webhookKey: str = Field(repr=False)


class MemfaultPlugin(Answer):
    """Memfault watches devices."""

    id: str
    partner: str
    created: str
    updated: str
    status: str
    email: str
    url: str
    memfaultProjectId: str


PluginDetails = DatacakePlugin | MenderPlugin | TartabitPlugin | MemfaultPlugin
"""The plugin of one partner."""


class RestartedPlugin(Answer):
    """How the restart went."""

    plugin: PluginDetails | Plugin
    restartStatus: Outcome | str
    message: str
