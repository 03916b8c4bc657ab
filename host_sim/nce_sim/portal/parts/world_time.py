"""What time it is for a page: by the world's clock, which may have jumped, if there is one."""

from __future__ import annotations

from datetime import UTC, datetime

from nce_sim.portal.visit import Visit


async def now_of(visit: Visit) -> datetime:
    """The time, in UTC."""
    if visit.control is None:
        return datetime.now(UTC)
    return (await visit.control.time()).time.astimezone(UTC)
