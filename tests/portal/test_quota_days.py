"""A SIM's quota over time, from what is left now and what each day used."""

from dataclasses import replace

from nce_api.models.portal import QuotaStep
from nce_api.models.sims import DailyUsage
from nce_sim.portal.in_process import InProcess
from nce_sim.portal.parts.charts import Point
from nce_sim.portal.quota_days import days_of, line_of
from nce_sim.portal.sim_source import source_of
from support.api import in_world
from support.portal import user_of


def usage(*rows):
    return DailyUsage.model_validate(
        {
            "stats": [
                {"date": f"2026-11-{day:02}T00:00:00.000Z", "data": {"volume": mb}}
                for day, mb in rows
            ]
        }
    )


async def row_of(place, **more):
    """The row of a SIM as the page has it."""
    sim = place.world.add_sim()
    client = await user_of(place, "Owner")
    token = client.headers["Authorization"].removeprefix("Bearer ")
    visit = await InProcess(lambda: place.app).visit(token)
    return replace(await source_of(visit).one(sim.iccid), **more)


@in_world
async def test_each_day_had_what_the_later_ones_used_more(place):
    sim = await row_of(place, data_left=470.0, data_total=500.0)
    days = days_of(sim, usage((1, "10"), (2, "15.5"), (4, "4.5")))
    assert [(day.date, day.data, day.left) for day in days] == [
        ("2026-11-01", 10.0, 490.0),
        ("2026-11-02", 15.5, 474.5),
        ("2026-11-04", 4.5, 470.0),
    ]


@in_world
async def test_it_never_had_more_than_all_and_what_is_untold_stays_so(place):
    sim = await row_of(place, data_left=490.0, data_total=500.0)
    days = days_of(sim, usage((1, "400"), (2, "400"), (3, "1")))
    assert [day.left for day in days] == [500.0, 491.0, 490.0]
    untold = replace(sim, data_left=None)
    assert [day.left for day in days_of(untold, usage((1, "1"), (2, None)))] == [None, None]
    assert days_of(sim, DailyUsage()) == []
    long_ago = [
        {"date": f"2026-{month:02}-{day:02}"} for month in (7, 8, 9) for day in range(1, 31)
    ]
    assert len(days_of(sim, DailyUsage.model_validate({"stats": long_ago}))) == 56


def step(day, hour, added, left):
    return QuotaStep(
        time=f"2026-11-{day:02}T{hour:02}:00:00.000Z", data_added=added, data_left=left
    )


@in_world
async def test_a_top_up_and_a_loss_are_steps_at_their_time(place):
    sim = await row_of(place, data_left=480.0, data_total=1500.0)
    steps = [step(3, 12, 500, 515), step(5, 6, -505, 0), step(5, 18, 500, 500)]
    days = days_of(sim, usage((1, "480"), (3, "15"), (6, "20")), steps)
    assert [(day.date[-2:], day.before, day.added, day.left) for day in days] == [
        ("01", 500, 0, 20),
        ("03", 20, 500, 505),
        ("05", 505, -5, 500),
        ("06", 500, 0, 480),
    ]
    assert line_of(days) == [
        *(Point(0, 500), Point(1, 20)),
        *(Point(1.5, 15), Point(1.5, 515), Point(2, 505)),
        *(Point(2.25, 505), Point(2.25, 0), Point(2.75, 0), Point(2.75, 500), Point(3, 500)),
        Point(4, 480),
    ]
    untold = replace(sim, data_left=None)
    assert line_of(days_of(untold, usage((1, "1")), steps)) == []
