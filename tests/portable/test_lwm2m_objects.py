"""What the objects of a device say: sensors, lights, buzzers, buttons, the device, its network."""

import asyncio
from collections import namedtuple

from nce.lwm2m import actuators, connectivity, equipment, inputs, location, sensors
from nce.lwm2m.objects.temperature import DEFINITION

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
    assert [sensor.read(sensors.VALUE) for _ in range(3)] == [21.5, 19.0, 23.25]
    assert (sensor.read(sensors.LEAST), sensor.read(sensors.GREATEST)) == (19.0, 23.25)
    sensor.execute(sensors.RESET, ())
    assert (sensor.read(sensors.LEAST), sensor.read(sensors.GREATEST)) == (20.0, 20.0)
    assert sensor.read(sensors.UNIT) == "Cel"
    assert sensor.read(sensors.TIMESTAMP) > 1_700_000_000


def test_the_least_is_measured_when_nothing_was():
    sensor = sensors.Humidity(lambda: 40, limits=(0, 100))
    assert sensor.read(sensors.LEAST) == 40.0
    assert sensor.read(sensors.GREATEST_RANGE) == 100


def test_a_refresh_tells_of_another_value_alone():
    values = [20, 20, 21]
    sensor = sensors.Sensor(DEFINITION, lambda: values.pop(0), 3)
    told = watched(sensor)
    asyncio.run(sensor.refresh())
    assert told == [sensors.VALUE, sensors.LEAST, sensors.GREATEST]
    asyncio.run(sensor.refresh())
    assert len(told) == 3
    asyncio.run(sensor.refresh())
    assert told[3:] == [sensors.VALUE, sensors.GREATEST]


# --- actuators ---


def test_a_light_applies_what_is_written():
    seen = []
    light = actuators.Light(lambda one: seen.append((one.is_on, one.dimmer, one.rgb)))
    light.write(actuators.ON_OFF, True)
    light.write(actuators.DIMMER, 40)
    light.write(actuators.COLOUR, "#ff8000")
    assert seen == [
        (True, 100, (255, 255, 255)),
        (True, 40, (255, 255, 255)),
        (True, 40, (255, 128, 0)),
    ]


def test_a_light_refuses_what_it_cannot_show():
    light = actuators.Light(lambda one: None)
    assert "0 to 100" in error_of(light.check, actuators.DIMMER, 101)
    for colour in ("red", "12345", "1234567", "GG0000", ""):
        assert "RRGGBB" in error_of(light.check, actuators.COLOUR, colour), colour
    for colour in ("00ff00", "#00FF00", "0x00ff00"):
        assert not error_of(light.check, actuators.COLOUR, colour)
    assert error_of(light.check, actuators.ON_TIME, 5)


def test_the_time_with_light_is_counted_and_reset():
    light = actuators.Light(lambda one: None)

    async def scene():
        light.switch(True)
        await asyncio.sleep(7)
        light.switch(False)
        await asyncio.sleep(100)
        counted = light.read(actuators.ON_TIME)
        light.switch(True)
        await asyncio.sleep(5)
        both = light.read(actuators.ON_TIME)
        light.write(actuators.ON_TIME, 0)
        await asyncio.sleep(3)
        return counted, both, light.read(actuators.ON_TIME)

    assert asyncio.run(scene()) == (7, 12, 3)


def test_a_buzzer_stops_after_its_duration_and_rests():
    seen = []
    buzzer = actuators.Buzzer(lambda one: seen.append(one.is_on))
    told = watched(buzzer)

    async def scene():
        buzzer.write(actuators.DURATION, 2.0)
        buzzer.write(actuators.LEAST_OFF, 10.0)
        buzzer.write(actuators.ON_OFF, True)
        await asyncio.sleep(1)
        assert buzzer.is_on
        await asyncio.sleep(2)
        assert not buzzer.is_on
        assert "rests" in error_of(buzzer.check, actuators.ON_OFF, True)
        await asyncio.sleep(10)
        assert not error_of(buzzer.check, actuators.ON_OFF, True)

    asyncio.run(scene())
    assert seen[-2:] == [True, False]
    assert told == [actuators.ON_OFF]


def test_a_buzzer_refuses_a_level_that_is_none():
    buzzer = actuators.Buzzer(lambda one: None)
    assert error_of(buzzer.check, actuators.LEVEL, 100.5)
    assert error_of(buzzer.check, actuators.DURATION, -1)
    assert not error_of(buzzer.check, actuators.LEVEL, 30.0)


# --- inputs ---


def test_a_button_counts_its_presses():
    button = inputs.Button(2, "Button 2")
    told = watched(button)
    for is_down in (True, True, False, True):
        button.feed(is_down)
    assert (button.read(inputs.STATE), button.read(inputs.COUNTER)) == (True, 2)
    assert told == [
        inputs.COUNTER, inputs.STATE, inputs.STATE, inputs.COUNTER, inputs.STATE,
    ]  # fmt: skip
    assert button.read(inputs.APPLICATION) == "Button 2"


def test_a_switch_counts_its_seconds():
    async def scene():
        switch = inputs.Switch()
        await asyncio.sleep(4)
        switch.feed(True)
        await asyncio.sleep(9)
        before = switch.read(inputs.ON_TIME), switch.read(inputs.OFF_TIME)
        switch.write(inputs.ON_TIME, 0)
        await asyncio.sleep(2)
        return before, switch.read(inputs.ON_TIME)

    assert asyncio.run(scene()) == ((9, 4), 2)


# --- the device ---


def test_a_device_has_what_it_was_given():
    device = equipment.Equipment("1NCE", "demo", serial="8988228066600000019")
    assert device.read(equipment.MANUFACTURER) == "1NCE"
    assert device.read(equipment.ERRORS) == {0: 0}
    for missing in (equipment.REBOOT, equipment.FACTORY_RESET, equipment.HARDWARE_VERSION):
        assert missing not in device.values


def test_the_restart_comes_after_the_answer():
    restarts = []
    device = equipment.Equipment(reboot=lambda: restarts.append(1))

    async def scene():
        device.execute(equipment.REBOOT, ())
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
    assert device.read(equipment.ERRORS) == {0: 4, 1: 7}
    device.remove_error(4)
    assert device.read(equipment.ERRORS) == {0: 7}
    device.execute(equipment.RESET_ERRORS, ())
    assert device.read(equipment.ERRORS) == {0: 0}


def test_a_battery_that_runs_low_is_an_error():
    levels = [(80, 3900), (9, 3500), (None, None), (50, None)]

    async def battery():
        return levels.pop(0)

    device = equipment.Equipment(battery=battery)
    seen = []
    for _ in range(4):
        asyncio.run(device.refresh())
        read = device.read
        seen.append((read(equipment.BATTERY_LEVEL), read(equipment.ERRORS)[0]))
    assert seen == [(80, 0), (9, 1), (9, 1), (50, 0)]
    assert device.read(equipment.VOLTAGES) == {0: 3500}


def test_the_clock_is_set_or_corrected():
    device = equipment.Equipment()
    device.write(equipment.CURRENT_TIME, 2_000_000_000)
    assert 0 <= device.read(equipment.CURRENT_TIME) - 2_000_000_000 <= 2
    set_to = []
    equipment.Equipment(set_clock=set_to.append).write(equipment.CURRENT_TIME, 7)
    assert set_to == [7]


def test_an_offset_of_the_clock_has_its_form():
    device = equipment.Equipment()
    for text in ("+01:00", "-09:30"):
        assert not error_of(device.check, equipment.UTC_OFFSET, text)
    for text in ("", "1", "+1:00", "+15:00", "+01:60", "UTC+01"):
        assert error_of(device.check, equipment.UTC_OFFSET, text), text


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
    statistics = connectivity.ConnectivityStatistics()
    statistics.count(1000, True)
    statistics.count(100, False)
    numbers = (connectivity.TX_KB, connectivity.RX_KB, connectivity.LARGEST, connectivity.MEAN)
    assert [statistics.read(number) for number in numbers] == [2, 1, 1028, 578]
    statistics.execute(connectivity.STOP, ())
    statistics.count(5000, True)
    assert statistics.read(connectivity.LARGEST) == 1028
    statistics.execute(connectivity.START, ())
    assert [statistics.read(number) for number in numbers] == [0, 0, 0, 0]


def test_a_period_ends_the_counting():
    async def scene():
        statistics = connectivity.ConnectivityStatistics()
        statistics.write(connectivity.PERIOD_S, 60)
        statistics.execute(connectivity.START, ())
        await asyncio.sleep(59)
        statistics.count(100, True)
        await asyncio.sleep(2)
        statistics.count(900, True)
        return statistics.read(connectivity.LARGEST)

    assert asyncio.run(scene()) == 128


def test_a_server_sets_the_power_saving():
    asked = []
    cellular = connectivity.CellularConnectivity(lambda *asking: asked.append(asking), 3600)
    cellular.write(connectivity.PSM_TIMER, 7200)
    cellular.write(connectivity.ACTIVE, 0)
    assert asked == [(7200, 10), (None, 10)]
    assert error_of(cellular.check, connectivity.ACTIVE, 2)
    assert error_of(cellular.check, connectivity.ACTIVE_TIMER, 20_000)


# --- the place ---


def test_a_place_is_empty_until_it_is_known():
    place = location.Location()
    assert place.values == {}
    told = watched(place)
    place.update(56.5, 24.25, altitude_m=12.0, time_s=1_700_000_000)
    assert [place.read(number) for number in (0, 1, 2, 5)] == [56.5, 24.25, 12.0, 1_700_000_000]
    assert told == [location.ALTITUDE, location.LATITUDE, location.LONGITUDE, location.TIMESTAMP]
    place.update(56.5, 24.25)
    assert location.ALTITUDE not in place.values
    assert "no place" in error_of(place.update, 91, 0)
