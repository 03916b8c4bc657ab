"""When a real-time world begins: the computer's time, another, or after its database's last."""

import asyncio
import time
from contextlib import closing
from datetime import UTC, datetime

import pytest

from nce_sim.backend import open_storage
from nce_sim.scenarios import first_light
from nce_sim.scenarios.first_light import Options
from nce_sim.services.inspector.tables import DEVICE
from nce_sim.start_time import first_instant, parsed
from nce_sim.storage import upsert
from nce_sim.world import World

MARCH = 1_803_859_200_000  # 2027-03-01T00:00:00Z, by date(1)
NEW_YEAR_2041 = 2_240_611_200_000
KEEP_CONTACT = upsert(DEVICE)


@pytest.mark.parametrize(
    ("text", "expected_ms"),
    [
        ("2027-03-01", MARCH),
        ("2027-03-01T00:00:00Z", MARCH),
        ("2027-03-01T01:00:00+01:00", MARCH),
        ("2027-03-01T00:00:00.250", MARCH + 250),
    ],
)
def test_a_time_is_read(text, expected_ms):
    assert parsed(text) == expected_ms


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("tomorrow", "'tomorrow' is not an ISO 8601"),
        ("", "not an ISO 8601"),
        ("1999-12-31", "2000 to 2098"),
        ("2099-01-01", "2000 to 2098"),
        ("0001-01-01T00:00:00+23:59", "2000 to 2098"),
    ],
)
def test_what_is_no_time_is_refused(text, words):
    with pytest.raises(ValueError, match=words):
        parsed(text)


def test_the_first_instant_is_now_unless_something_else_is_said():
    before_ms = int(time.time() * 1000)
    assert before_ms <= first_instant(None, None) <= int(time.time() * 1000) + 1
    assert first_instant(MARCH, None) == MARCH
    assert first_instant(MARCH, MARCH - 1) == MARCH
    future_ms = before_ms + 86_400_000
    assert first_instant(None, future_ms) == future_ms + 1
    assert first_instant(None, 1) >= before_ms
    with pytest.raises(ValueError, match="up to 2027-03-01T00:00:00Z; start after"):
        first_instant(MARCH, MARCH)


def test_a_virtual_world_begins_at_the_same_instant_in_every_run():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    assert World(1).now() == World(2).now() == start


def test_the_demo_begins_today_and_goes_on_after_its_database(tmp_path):
    path = str(tmp_path / "demo.db")
    with closing(open_storage(path)) as storage, storage.unit(NEW_YEAR_2041) as work:
        work.write(KEEP_CONTACT, {"device_id": "8988228066600000001", "first_contact_ms": 1})

    async def worlds():
        times = []
        for db in (None, path):
            with closing(open_storage(db)) as storage:
                times.append(first_light._world_from_now(Options(db=db), storage).now())
        return times

    today, later = asyncio.run(worlds())
    assert abs(today.timestamp() - time.time()) < 60
    assert later.isoformat(timespec="milliseconds").startswith("2041-01-01T00:00:00.0")
