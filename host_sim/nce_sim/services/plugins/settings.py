"""The assumptions of the plugins and the CoAP proxy where no source documents it.

[D] documented by 1NCE   [C] seen in 1NCE's own clients   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from nce.coap import codes

_REFUSALS = (codes.FORBIDDEN, codes.NOT_FOUND)


@dataclass(frozen=True)
class PluginSettings:
    """Keys, refusals and waits."""

    # What answers in a partner's place: its host -> a URL such as http://127.0.0.1:8080. A
    # partner's server that has none is asked at its own host, if the internet may be reached.
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    # [U] False: a simulator sends nothing to the internet by itself; the device gets 5.02. In
    # virtual time nothing does, whatever this is.
    reaches_internet: bool = False
    upstream_timeout_ms: int = 20_000  # [U] then 5.04
    most_answer_bytes: int = 5_120  # [U] the bound of requests is [D]; a longer answer is 5.02
    most_under_way: int = 64  # [U] requests to partners at a time; one more gets 5.03
    # [U] 4.03 or 4.04, when the organisation has no plugin for a host, and for any other host.
    no_plugin_code: int = codes.FORBIDDEN
    foreign_host_code: int = codes.FORBIDDEN
    shows_keys: bool = False  # [U] whether the API gives keys back whole, or their end alone
    mender_key_bits: int = 2_048  # [U] of a pair that is made when the customer gives none
    # [U] the address that Memfault's account is opened with, its link, and the key of its project;
    # None makes a key up.
    memfault_email: str = "account-{organisation_id}@example.com"
    memfault_url: str = "https://app.memfault.com/invites/{invitation}"
    memfault_project_key: str | None = field(default=None, repr=False)
    # [U] for events, as webhooks have it [D]: the waits before a plugin fails
    waits_ms: tuple[int, ...] = (150_000, 180_000, 420_000, 1_020_000)
    # [U] 1NCE does not say where Datacake gets events.
    datacake_url: str = "https://api.datacake.co/integrations/api/1nce/{workspace_id}/"
    tartabit_url: str = "https://{server_domain}/webhook/{webhook_key}"  # [D] a screenshot

    def __post_init__(self) -> None:
        for host, url in self.stand_ins.items():
            parts = urlsplit(url)
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"the stand-in of {host} is {url!r}; give such as http://HOST:80")
        for name in ("no_plugin_code", "foreign_host_code"):
            if getattr(self, name) not in _REFUSALS:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; give codes.FORBIDDEN (4.03) "
                    "or codes.NOT_FOUND (4.04)"
                )
