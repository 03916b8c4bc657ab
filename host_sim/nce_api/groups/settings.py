"""`client.settings` and `client.logs`."""

from typing import Literal

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page, pages
from nce_api.models.logs import LogCategory, LogEntry, LogStatistics
from nce_api.models.settings import Agreement, ChangedSetting, Setting, SettingChange


class Settings(Group[M]):
    """Switches of 1NCE OS, and its agreements."""

    @call("settings.accept")
    def accept(self) -> Call[None]:
        """Accept the terms of use and of data processing."""
        return Call(body=Agreement(accepted=True))

    @call("settings.set")
    def set(self, name: str, change: SettingChange) -> Call[ChangedSetting]:
        """Set a switch."""
        return Call(name, body=change)

    @pages("settings.list")
    def list(
        self, *, page_size: int | None = None, language: Literal["en", "de"] | None = None
    ) -> Pages[Setting]:
        """All switches."""
        return Pages(query={"pageSize": page_size, "language": language})


class Logs(Group[M]):
    """Administration logs."""

    @pages("logs.list")
    def list(self, *, page_size: int | None = None, q: str | None = None) -> Pages[LogEntry]:
        """What happened; `q` is such as `type:device,iccid:…`."""
        return Pages(query={"pageSize": page_size, "q": q})

    @page("logs.list")
    def one_page(
        self, *, page: int = 1, page_size: int = 10, q: str | None = None
    ) -> Pages[LogEntry]:
        """One page of what happened, the newest first, and how many pages there are."""
        return Pages(query={"page": page, "pageSize": page_size, "q": q})

    @call("logs.statistics")
    def statistics(
        self, *, timezone: str, category: LogCategory | None = None
    ) -> Call[LogStatistics]:
        """How many entries each day has."""
        return Call(query={"timezone": timezone, "category": category})

    @call("logs.payload")
    def payload(self, admin_log_id: str) -> Call[str]:
        """The address that an entry's payload is downloaded from."""
        return Call(admin_log_id)
