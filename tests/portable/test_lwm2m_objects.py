"""What the objects of a device say: sensors, lights, buzzers, buttons, the device, its network."""

import asyncio
from collections import namedtuple

from nce.lwm2m import (
    buzzer,
    cellular,
    connectivity,
    equipment,
    inputs,
    light,
    location,
    sensors,
    statistics,
)
from nce.lwm2m.objects.temperature import DEFINITION

# Resources, by OMA's names in short.
VALUE = 5700
LEAST = 5601
GREATEST = 5602
GREATEST_RANGE = 5604
RESET = 5605
UNIT = 5701
TIMESTAMP = 5518
ON_OFF = 5850
DIMMER = 5851
ON_TIME = 5852
COLOUR = 5706
LEVEL = 5548
DURATION = 5521
LEAST_OFF = 5525
STATE = 5500
COUNTER = 5501
OFF_TIME = 5854
APPLICATION = 5750
LATITUDE = 0
LONGITUDE = 1
ALTITUDE = 2
MANUFACTURER = 0
REBOOT = 4
FACTORY_RESET = 5
HARDWARE_VERSION = 18
ERRORS = 11
RESET_ERRORS = 12
BATTERY_LEVEL = 9
VOLTAGES = 7
CURRENT_TIME = 13
UTC_OFFSET = 14
TX_KB = 2
RX_KB = 3
LARGEST = 4
MEAN = 5
START = 6
STOP = 7
PERIOD_S = 8
PSM_TIMER = 4
ACTIVE = 13
ACTIVE_TIMER = 5

Connection = namedtuple(
    "Connection",
    (
        "act", "rssi_dbm", "rsrp_dbm", "rsrq_db", "sinr_db", "address", "apn", "ci", "tac",
        "mnc", "mcc",
    ),
)  # fmt: skip
LTE_M = Connection("LTE-M", -67, -95, -10.5, 12, "10.160.0.1", "iot.1nce.net", 258, 7, "01", "262")


def watched(instance):
    """The resources of which an instance says that they changed."""
    told = []
    instance.on_changed = lambda number, at, resource: told.append(resource)
    return told


def error_of(call, *arguments):
    try:
        call(*arguments)
    except ValueError as error:
        return str(error)
    return ""


# --- sensors ---


def test_a_sensor_keeps_the_least_and_the_greatest_until_they_are_reset():
    values = [21.5, 19.0, 23.25, 20.0]
    sensor = sensors.Temperature(lambda: values.pop(0))
    assert [sensor.read(VALUE) for _ in range(3)] == [21.5, 19.0, 23.25]
    assert (sensor.read(LEAST), sensor.read(GREATEST)) == (19.0, 23.25)
    sensor.execute(RESET, ())
    assert (sensor.read(LEAST), sensor.read(GREATEST)) == (20.0, 20.0)
    assert sensor.read(UNIT) == "Cel"
    assert sensor.read(TIMESTAMP) > 1_700_000_000


def test_a_sensor_without_a_value_says_nothing_and_keeps_what_it_has():
    values = [0.0]
    for nothing in (float("nan"), None):
        sensor = sensors.Temperature(lambda: values[0])
        values[0] = nothing
        for resource in (VALUE, LEAST, GREATEST, TIMESTAMP):
            assert not (resource in sensor.values and sensor.read(resource)), resource
        values[0] = 21.5
        assert sensor.read(VALUE) == 21.5
        values[0] = nothing
        told = watched(sensor)
        asyncio.run(sensor.refresh())
        assert told == []
        assert (sensor.read(LEAST), sensor.read(GREATEST)) == (21.5, 21.5)


def test_the_least_is_measured_when_nothing_was():
    sensor = sensors.Humidity(lambda: 40, limits=(0, 100))
    assert sensor.read(LEAST) == 40.0
    assert sensor.read(GREATEST_RANGE) == 100


def test_a_refresh_tells_of_another_value_alone():
    values = [20, 20, 21]
    sensor = sensors.Sensor(DEFINITION, lambda: values.pop(0), 3)
    told = watched(sensor)
    asyncio.run(sensor.refresh())
    assert told == [VALUE, LEAST, GREATEST]
    asyncio.run(sensor.refresh())
    assert len(told) == 3
    asyncio.run(sensor.refresh())
    assert told[3:] == [VALUE, GREATEST]


# --- actuators ---


def test_a_light_applies_what_is_written():
    seen = []
    lamp = light.Light(lambda one: seen.append((one.is_on, one.dimmer, one.rgb)))
    lamp.write(ON_OFF, True)
    lamp.write(DIMMER, 40)
    lamp.write(COLOUR, "#ff8000")
    assert seen == [
        (True, 100, (255, 255, 255)),
        (True, 40, (255, 255, 255)),
        (True, 40, (255, 128, 0)),
    ]


def test_a_light_refuses_what_it_cannot_show():
    lamp = light.Light(lambda one: None)
    assert "0 to 100" in error_of(lamp.check, DIMMER, 101)
    for colour in ("red", "12345", "1234567", "GG0000", ""):
        assert "RRGGBB" in error_of(lamp.check, COLOUR, colour), colour
    for colour in ("00ff00", "#00FF00", "0x00ff00"):
        assert not error_of(lamp.check, COLOUR, colour)
    assert error_of(lamp.check, ON_TIME, 5)


def test_the_time_with_light_is_counted_and_reset():
    lamp = light.Light(lambda one: None)

    async def scene():
        lamp.switch(True)
        await asyncio.sleep(7)
        lamp.switch(False)
        await asyncio.sleep(100)
        counted = lamp.read(ON_TIME)
        lamp.switch(True)
        await asyncio.sleep(5)
        both = lamp.read(ON_TIME)
        lamp.write(ON_TIME, 0)
        await asyncio.sleep(3)
        return counted, both, lamp.read(ON_TIME)

    assert asyncio.run(scene()) == (7, 12, 3)


def test_a_buzzer_stops_after_its_duration_and_rests():
    seen = []
    horn = buzzer.Buzzer(lambda one: seen.append(one.is_on))
    told = watched(horn)

    async def scene():
        horn.write(DURATION, 2.0)
        horn.write(LEAST_OFF, 10.0)
        horn.write(ON_OFF, True)
        await asyncio.sleep(1)
        assert horn.is_on
        await asyncio.sleep(2)
        assert not horn.is_on
        assert "rests" in error_of(horn.check, ON_OFF, True)
        await asyncio.sleep(10)
        assert not error_of(horn.check, ON_OFF, True)

    asyncio.run(scene())
    assert seen[-2:] == [True, False]
    assert told == [ON_OFF]


def test_a_buzzer_refuses_a_level_that_is_none():
    horn = buzzer.Buzzer(lambda one: None)
    assert error_of(horn.check, LEVEL, 100.5)
    assert error_of(horn.check, DURATION, -1)
    assert not error_of(horn.check, LEVEL, 30.0)


# --- inputs ---


def test_a_button_counts_its_presses():
    button = inputs.Button(2, "Button 2")
    told = watched(button)
    for is_down in (True, True, False, True):
        button.feed(is_down)
    assert (button.read(STATE), button.read(COUNTER)) == (True, 2)
    assert told == [
        COUNTER, STATE, STATE, COUNTER, STATE,
    ]  # fmt: skip
    assert button.read(APPLICATION) == "Button 2"


def test_a_switch_counts_its_seconds():
    async def scene():
        switch = inputs.Switch()
        await asyncio.sleep(4)
        switch.feed(True)
        await asyncio.sleep(9)
        before = switch.read(ON_TIME), switch.read(OFF_TIME)
        switch.write(ON_TIME, 0)
        await asyncio.sleep(2)
        return before, switch.read(ON_TIME)

    assert asyncio.run(scene()) == ((9, 4), 2)


# --- the device ---


def test_a_device_has_what_it_was_given():
    device = equipment.Equipment("1NCE", "demo", serial="8988228066600000019")
    assert device.read(MANUFACTURER) == "1NCE"
    assert device.read(ERRORS) == {0: 0}
    for missing in (REBOOT, FACTORY_RESET, HARDWARE_VERSION):
        assert missing not in device.values


def test_the_restart_comes_after_the_answer():
    restarts = []
    device = equipment.Equipment(reboot=lambda: restarts.append(1))

    async def scene():
        device.execute(REBOOT, ())
        await asyncio.sleep(1)
        before = len(restarts)
        await asyncio.sleep(5)
        return before, len(restarts)

    assert asyncio.run(scene()) == (0, 1)


def test_errors_come_and_go():
    device = equipment.Equipment()
    device.add_error(4)
    device.add_error(7)
    device.add_error(4)
    assert device.read(ERRORS) == {0: 4, 1: 7}
    device.remove_error(4)
    assert device.read(ERRORS) == {0: 7}
    device.execute(RESET_ERRORS, ())
    assert device.read(ERRORS) == {0: 0}


def test_a_battery_that_runs_low_is_an_error():
    levels = [(80, 3900), (9, 3500), (None, None), (50, None)]

    async def battery():
        return levels.pop(0)

    device = equipment.Equipment(battery=battery)
    seen = []
    for _ in range(4):
        asyncio.run(device.refresh())
        read = device.read
        seen.append((read(BATTERY_LEVEL), read(ERRORS)[0]))
    assert seen == [(80, 0), (9, 1), (9, 1), (50, 0)]
    assert device.read(VOLTAGES) == {0: 3500}


def test_the_clock_is_set_or_corrected():
    device = equipment.Equipment()
    device.write(CURRENT_TIME, 2_000_000_000)
    assert 0 <= device.read(CURRENT_TIME) - 2_000_000_000 <= 2
    set_to = []
    equipment.Equipment(set_clock=set_to.append).write(CURRENT_TIME, 7)
    assert set_to == [7]


def test_an_offset_of_the_clock_has_its_form():
    device = equipment.Equipment()
    for text in ("+01:00", "-09:30"):
        assert not error_of(device.check, UTC_OFFSET, text)
    for text in ("", "1", "+1:00", "+15:00", "+01:60", "UTC+01"):
        assert error_of(device.check, UTC_OFFSET, text), text


# --- the network ---


def test_the_connection_is_what_the_modem_says():
    answers = [LTE_M, None]

    async def read():
        return answers.pop(0)

    monitoring = connectivity.ConnectivityMonitoring(read)
    asyncio.run(monitoring.refresh())
    asyncio.run(monitoring.refresh())  # not attached: what was known stays
    numbers = (0, 1, 2, 3, 4, 7, 8, 9, 10, 11, 12)
    assert [monitoring.read(number) for number in numbers] == [
        6, {0: 6}, -95, -10, {0: "10.160.0.1"}, {0: "iot.1nce.net"}, 258, 1, 262, 12, 7,
    ]  # fmt: skip


def test_a_connection_by_gsm_has_its_level_and_nothing_of_lte():
    async def read():
        return Connection("GSM", -71, None, None, None, "10.160.0.1", "a", 9, None, "", "")

    monitoring = connectivity.ConnectivityMonitoring(read)
    asyncio.run(monitoring.refresh())
    assert (monitoring.read(0), monitoring.read(2)) == (0, -71)
    for missing in (3, 9, 10, 11, 12):
        assert missing not in monitoring.values


def test_datagrams_are_counted_with_their_headers_while_they_should_be():
    counted = statistics.ConnectivityStatistics()
    counted.count(1000, True)
    counted.count(100, False)
    numbers = (TX_KB, RX_KB, LARGEST, MEAN)
    assert [counted.read(number) for number in numbers] == [2, 1, 1028, 578]
    counted.execute(STOP, ())
    counted.count(5000, True)
    assert counted.read(LARGEST) == 1028
    counted.execute(START, ())
    assert [counted.read(number) for number in numbers] == [0, 0, 0, 0]


def test_a_period_ends_the_counting():
    async def scene():
        counted = statistics.ConnectivityStatistics()
        counted.write(PERIOD_S, 60)
        counted.execute(START, ())
        await asyncio.sleep(59)
        counted.count(100, True)
        await asyncio.sleep(2)
        counted.count(900, True)
        return counted.read(LARGEST)

    assert asyncio.run(scene()) == 128


def test_a_server_sets_the_power_saving():
    asked = []
    saving = cellular.CellularConnectivity(lambda *asking: asked.append(asking), 3600)
    saving.write(PSM_TIMER, 7200)
    saving.write(ACTIVE, 0)
    assert asked == [(7200, 10), (None, 10)]
    assert error_of(saving.check, ACTIVE, 2)
    assert error_of(saving.check, ACTIVE_TIMER, 20_000)


# --- the place ---


def test_a_place_is_empty_until_it_is_known():
    place = location.Location()
    assert place.values == {}
    told = watched(place)
    place.update(56.5, 24.25, altitude_m=12.0, time_s=1_700_000_000)
    assert [place.read(number) for number in (0, 1, 2, 5)] == [56.5, 24.25, 12.0, 1_700_000_000]
    assert told == [ALTITUDE, LATITUDE, LONGITUDE, 5]
    place.update(56.5, 24.25)
    assert ALTITUDE not in place.values
    assert "no place" in error_of(place.update, 91, 0)
