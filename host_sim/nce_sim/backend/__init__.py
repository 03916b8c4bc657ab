"""1NCE OS, simulated: authenticator, CoAP, CoAPS and UDP endpoints, Energy Saver, Inspector."""

from .authenticator import Authenticator
from .backend import Backend, open_storage
from .coap_settings import CoapSettings, Transmission
from .dtls import DtlsSettings
from .energy_saver import EnergySaver, TemplateConflict, Translation
from .inspector import HistoryItem, Inspector, LogItem
from .settings import BY_IDENTITY, BY_SOURCE, AuthenticatorSettings, BackendSettings

__all__ = [
    "BY_IDENTITY",
    "BY_SOURCE",
    "Authenticator",
    "AuthenticatorSettings",
    "Backend",
    "BackendSettings",
    "CoapSettings",
    "DtlsSettings",
    "EnergySaver",
    "HistoryItem",
    "Inspector",
    "LogItem",
    "TemplateConflict",
    "Translation",
    "Transmission",
    "open_storage",
]
