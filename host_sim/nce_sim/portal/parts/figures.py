"""Numbers and times as people read them: units always, times in the viewer's zone.

data_text(1234.5)                                # "1.23 GB"
money_text("11900.00", "EUR")                    # "11 900.00 EUR"
zone = Zone("Europe/Berlin")
zone.text("2026-11-30T21:05:01.000Z")            # "30 Nov 2026, 22:05:01"
"""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_ZONE = "nce_zone"  # the cookie in which the browser tells its zone


def data_text(megabytes: float) -> str:
    """A volume of data; 1 MB is 10^6 bytes."""
    if megabytes == 0:
        return "0 MB"
    for unit, size in (("GB", 1000.0), ("MB", 1.0), ("kB", 0.001)):
        if megabytes >= size:
            return f"{_short(megabytes / size)} {unit}"
    return f"{megabytes * 1e6:.0f} B"


def count_text(number: float) -> str:
    """A number with its thousands apart."""
    return f"{number:,.0f}".replace(",", "\u202f").replace("-", "\u2212")


def money_text(amount: object, currency: object) -> str:
    """An amount with its thousands apart, and its currency."""
    try:
        return f"{float(str(amount)):,.2f} {currency}".replace(",", "\u202f")
    except ValueError:
        return f"{amount} {currency}"


def signed_text(number: float, digits: int = 0) -> str:
    """A difference with its sign, its thousands apart."""
    return f"{number:+,.{digits}f}".replace(",", "\u202f").replace("-", "\u2212")


def _short(value: float) -> str:
    text = f"{value:.2f}" if value < 10 else f"{value:.1f}" if value < 100 else f"{value:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Zone:
    """The viewer's time zone; UTC when the browser has not told one that is known."""

    def __init__(self, name: str) -> None:
        try:
            self._zone: ZoneInfo | None = ZoneInfo(name)
            self.name = name
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self._zone, self.name = None, "UTC"

    @classmethod
    def of(cls, cookies: dict[str, str]) -> Zone:
        """As the cookie of a request tells."""
        return cls(unquote(cookies.get(_ZONE, "")) or "UTC")

    def text(self, instant: str | datetime | None) -> str:
        """Day and time."""
        moment = self._moment(instant)
        return "–" if moment is None else f"{moment:%-d %b %Y, %H:%M:%S}"

    def day(self, instant: str | datetime | None) -> str:
        """The day alone."""
        moment = self._moment(instant)
        return "–" if moment is None else f"{moment:%-d %b %Y}"

    def clock(self, instant: str | datetime | None) -> str:
        """The time of the day alone."""
        moment = self._moment(instant)
        return "–" if moment is None else f"{moment:%H:%M:%S}"

    def _moment(self, instant: str | datetime | None) -> datetime | None:
        if not instant:
            return None
        if isinstance(instant, str):
            try:
                instant = datetime.fromisoformat(instant)
            except ValueError:
                return None
        if instant.tzinfo is None:
            instant = instant.replace(tzinfo=UTC)
        return instant.astimezone(self._zone or UTC)
