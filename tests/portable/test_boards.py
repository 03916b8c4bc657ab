"""Every board on emulated pins: power sequence, UART, deep sleep, watchdog; none on silicon.

The tables are of the makers' sources (the README of each board names them), not of our boards.
"""

import asyncio

import config
from machine_double import Machine, Restarted, Slept, board_class
from nce_modem import Modem, errors
from nce_modem.families.named import family_named
from nce_modem.link import Link

# Folder, port, UART, its TX, RX, RTS and CTS, pin of the key or reset, level there when the
# modem's own pin is low (a transistor inverts all but Walter's), DTR and its level while the modem
# is awake, family.
BOARDS = (
    ("t_sim7000g", "esp32", 1, 27, 26, None, None, 4, 1, (25, 0), "sim7000"),
    ("t_sim7080g_s3", "esp32", 1, 5, 4, None, None, 41, 1, (42, 0), "sim7080"),
    ("t_a7670", "esp32", 1, 26, 27, None, None, 4, 1, (25, 0), "a76xx"),
    ("m5_catm", "esp32", 1, 0, 35, None, None, 12, 1, None, "sim7080"),
    ("walter", "esp32", 2, 48, 14, 21, 47, 45, 0, None, "gm02sp"),
    ("pico_sim7080g", "rp2", 0, 0, 1, None, None, 14, 1, (17, 0), "sim7080"),
    ("pico_lte", "rp2", 0, 0, 1, None, None, 17, 1, None, "bg95"),
    # It is sold with no modem; a test needs one.
    ("pico", "rp2", 1, 4, 5, None, None, 14, 1, None, "bg95"),
)
# Milliseconds for which the modem's own pin is low: to switch on, and off; least and most.
# SIMCom, SIM7000 and SIM7080 hardware design: 1 s, 1.2 s; A7670: 50 ms, 2.5 s. Quectel, BG95
# hardware design: 0.5 to 1 s, 0.65 to 1.5 s. QuickSpot's library: 0.3 s of reset. 10 s, where
# none is named, is ours.
LIMITS = {
    "sim7000": ((1000, 10_000), (1200, 10_000)),
    "sim7080": ((1000, 10_000), (1200, 10_000)),
    "a76xx": ((50, 2500), (2500, 10_000)),
    "bg95": ((500, 1000), (650, 1500)),
    "gm02sp": ((300, 10_000), (300, 10_000)),
}


class Axp2101Double:
    """The power chip's registers, by X-Powers' tables; `told` has the rails' millivolts."""

    def __init__(self, machine):
        self._machine = machine
        self.registers = bytearray(256)
        self.registers[0x03] = 0x4A
        # DC1, which supplies the MCU, is on; DC3's voltage changes slowly; the thermistor counts.
        self.registers[0x80] = 0x01
        self.registers[0x84] = 0x80
        self.registers[0x50] = 0x02
        self.registers[0x30] = 0x03
        self.told = []

    def read(self, register):
        return self.registers[register]

    def write(self, register, value):
        before = self.rails()
        self.registers[register] = value
        after = self.rails()
        for name in sorted(after):
            if after[name] != before[name]:
                self.told.append((self._machine.time_ms(), name, after[name]))

    def rails(self):
        """Rail -> millivolts, 0 when it is off."""
        code = self.registers[0x84] & 0x7F
        if code <= 70:
            dc3 = 500 + 10 * code
        elif code <= 87:
            dc3 = 1220 + 20 * (code - 71)
        else:
            dc3 = 1600 + 100 * (code - 88)
        switches, low_drop = self.registers[0x80], self.registers[0x90]
        return {
            "DC1": 3300 * (switches & 1),
            "DC3": dc3 * (switches >> 2 & 1),
            "BLDO1": (500 + 100 * (self.registers[0x96] & 0x1F)) * (low_drop >> 4 & 1),
            "BLDO2": (500 + 100 * (self.registers[0x97] & 0x1F)) * (low_drop >> 5 & 1),
        }


def machine_of(folder, platform):
    machine = Machine(platform)
    if folder == "t_sim7080g_s3":
        machine.i2c[0x34] = Axp2101Double(machine)
    return machine


def on_each(scene):
    """Run `scene(machine, board, row)` for every board."""
    for row in BOARDS:
        machine = machine_of(row[0], row[1])

        async def main(machine=machine, row=row):
            with machine:
                await scene(machine, board_class(row[0])(), row)

        asyncio.run(main())


def play(folder, platform, scene):
    machine = machine_of(folder, platform)

    async def main():
        with machine:
            await scene(machine)

    asyncio.run(main())


def raised(kind, call):
    try:
        call()
    except kind as error:
        return error
    raise AssertionError("no " + kind.__name__)


def test_a_board_that_is_made_presses_no_key_and_keeps_its_modem_awake():
    async def scene(machine, board, row):
        key, pressed, dtr = row[7:10]
        assert [level for _, level in machine.of_pin(key)] == [1 - pressed], row
        if dtr is not None:
            assert [level for _, level in machine.of_pin(dtr[0])] == [dtr[1]], row
        assert machine.uarts == []

    on_each(scene)


def test_a_reset_line_that_is_not_the_key_stays_released():
    async def scene(machine):
        board = board_class("t_a7670")()
        await board.open_uart()
        assert machine.of_pin(5) == [(machine.of_pin(5)[0][0], 0)]

    play("t_a7670", "esp32", scene)


def test_the_uart_has_the_pins_of_the_board_and_opens_again_at_another_rate():
    async def scene(machine, board, row):
        number, tx, rx, rts, cts = row[2:7]
        link = Link(family_named(row[10]), lambda: 0, no, no, no, no)
        await link.open(board)
        await link.close()  # machine.UART has no close()
        assert machine.uarts[0][3] is False
        await board.open_uart(9600)
        options = {"tx": tx, "rx": rx, "rxbuf": 2048}
        assert board.rtscts == (rts is not None)
        if board.rtscts:
            options.update({"rts": rts, "cts": cts, "flow": 3})
        assert [opened[:3] for opened in machine.uarts] == [
            [number, 115_200, options],
            [number, 9600, options],
        ]
        assert board.baudrate == 115_200

    on_each(scene)


def no(_):
    pass


def test_a_rate_that_the_uart_refuses_is_an_error_of_the_line():
    async def scene(machine):
        board = board_class("pico_lte")()
        try:
            await board.open_uart(10_000_000)
        except errors.LineClosed as error:
            assert "UART 0" in str(error)
            assert "10000000 bit/s" in str(error)
            return
        raise AssertionError("it opened")

    play("pico_lte", "rp2", scene)


def test_a_silent_modem_is_pressed_as_its_maker_wants():
    async def scene(machine, board, row):
        family = family_named(row[10])
        try:
            await Modem(board, family=family).power_on()
            raise AssertionError("there is nobody to answer")
        except errors.ModemSilent:
            pass
        lows = lows_of(machine.of_pin(row[7]), row[8])
        assert len(lows) >= 2, row
        for number, low_ms in enumerate(lows):
            least_ms, most_ms = LIMITS[row[10]][number % 2]
            assert least_ms <= low_ms <= most_ms, (row[0], number, low_ms)
        assert machine.level(row[7]) == 1 - row[8]

    on_each(scene)


def lows_of(levels, low_when):
    """How long the modem's pin was low, each time."""
    lows = []
    for at in range(len(levels) - 1):
        if levels[at][1] == low_when:
            lows.append(levels[at + 1][0] - levels[at][0])
    return lows


def test_the_supply_comes_before_the_first_byte_and_the_first_press():
    async def scene(machine):
        board = board_class("t_a7670")()
        assert machine.of_pin(12) == []
        before_ms = machine.time_ms()
        await board.open_uart()
        assert machine.of_pin(12) == [(before_ms, 1)]
        assert machine.time_ms() - before_ms >= 100
        close_all(machine)
        await board.open_uart(9600)
        assert len(machine.of_pin(12)) == 1

    play("t_a7670", "esp32", scene)


def close_all(machine):
    for uart in machine.uarts:
        uart[3] = False


def test_the_power_chip_gives_modem_shifter_and_aerial_their_volts_before_the_first_byte():
    async def scene(machine):
        chip = machine.i2c[0x34]
        board = board_class("t_sim7080g_s3")()
        assert chip.told == []
        await board.open_uart()
        assert [each[1:] for each in chip.told] == [
            ("DC3", 3000),
            ("BLDO1", 3300),
            ("BLDO2", 3300),
        ]
        assert machine.time_ms() - chip.told[-1][0] >= 100
        assert machine.i2c_buses == [(0, 15, 7)]
        # What is none of ours is as it was; no thermistor keeps the battery from being charged.
        assert chip.registers[0x84] & 0x80
        assert chip.registers[0x30] == 0x01
        assert chip.registers[0x50] == 0x10
        written = bytes(chip.registers)
        close_all(machine)
        await board.open_uart()
        assert machine.i2c_buses == [(0, 15, 7)]
        assert bytes(chip.registers) == written

    play("t_sim7080g_s3", "esp32", scene)


def test_rails_that_are_on_stay_on_when_the_mcu_restarts():
    async def scene(machine):
        chip = machine.i2c[0x34]
        chip.registers[0x80] = 0x05
        chip.registers[0x84] = 102
        chip.registers[0x90] = 0x30
        chip.registers[0x96] = chip.registers[0x97] = 28
        begun_ms = machine.time_ms()
        await board_class("t_sim7080g_s3")().open_uart()
        assert chip.told == []
        assert machine.time_ms() - begun_ms < 50, "nothing has to settle"

    play("t_sim7080g_s3", "esp32", scene)


def test_a_rail_at_another_voltage_is_set_to_the_modems():
    async def scene(machine):
        chip = machine.i2c[0x34]
        chip.registers[0x80] = 0x05
        chip.registers[0x84] = 106  # 3.4 V
        await board_class("t_sim7080g_s3")().open_uart()
        assert chip.told[0][1:] == ("DC3", 3000)

    play("t_sim7080g_s3", "esp32", scene)


def test_a_power_chip_that_is_missing_is_told_and_looked_for_again():
    async def scene(machine):
        chip = machine.i2c.pop(0x34)
        board = board_class("t_sim7080g_s3")()
        assert "AXP2101" in await line_error(board)
        machine.i2c[0x34] = chip
        chip.registers[0x03] = 0x47
        assert "0x47" in await line_error(board)
        assert machine.uarts == []
        chip.registers[0x03] = 0x4A
        await board.open_uart()
        assert len(machine.uarts) == 1

    play("t_sim7080g_s3", "esp32", scene)


async def line_error(board):
    try:
        await board.open_uart()
    except errors.LineClosed as error:
        return str(error)
    raise AssertionError("it opened")


def slept_for(machine, milliseconds):
    """Whether the sleeps add up to it; the clock goes on between two of them."""
    asleep_ms = sum([each for _, each in machine.slept])
    return milliseconds - 500 <= asleep_ms <= milliseconds


def test_deep_sleep_keeps_every_level_and_the_next_start_knows_of_it():
    async def scene(machine, board, row):
        assert board.woke_from_deep_sleep() is False
        await board.open_uart()
        board.power_key(True)
        raised(Slept, lambda: board.deep_sleep(60_000))
        assert slept_for(machine, 60_000)
        assert machine.slept[-1][0] == "deep"
        assert machine.level(row[7]) == 1 - row[8], "the key is released"
        asleep = {number: pad.level for number, pad in machine.pads.items() if pad.is_output}
        assert asleep
        told = len(machine.levels)
        # RP2040: every pad keeps its level until the reset that ends the sleep.
        machine.start_again(4 if row[1] == "esp32" else 3)
        if row[1] == "esp32":
            assert len(machine.levels) == told, "a pad let go"
        board = board_class(row[0])()
        assert board.woke_from_deep_sleep() is True
        await board.open_uart()
        for number, level in asleep.items():
            assert machine.level(number) == level, (row[0], number)
        if row[1] == "esp32":
            assert len(machine.levels) == told, "a level changed over the sleep"
        board.power_key(True)
        assert machine.level(row[7]) == row[8], "no pad is held any longer"
        # The next start has another cause.
        machine.start_again(3 if row[1] == "rp2" else 1)
        assert board_class(row[0])().woke_from_deep_sleep() is False

    on_each(scene)


def test_a_pico_ends_its_watchdog_before_it_sleeps_and_sleeps_for_hours():
    async def scene(machine):
        board = board_class("pico_lte")()
        board.feed_watchdog()
        assert machine.mem32[0x40058000] & 1 << 30
        raised(Slept, lambda: board.deep_sleep(4 * 3_600_000))
        assert machine.mem32[0x40058000] & 1 << 30 == 0
        assert slept_for(machine, 4 * 3_600_000)
        assert [kind for kind, _ in machine.slept] == ["light"] * 4 + ["deep"]

    play("pico_lte", "rp2", scene)


def test_an_interrupt_does_not_end_the_deep_sleep_of_a_pico():
    async def scene(machine):
        machine.interrupts_after_ms = [5000, 0, 1]
        raised(Slept, lambda: board_class("pico")().deep_sleep(3 * 3_600_000))
        assert slept_for(machine, 3 * 3_600_000)
        assert machine.slept[:3] == [("light", 5000), ("light", 0), ("light", 1)]

    play("pico", "rp2", scene)


def test_a_mark_without_a_watchdog_reset_is_no_deep_sleep():
    async def scene(machine):
        machine.mem32[0x4005800C] = 0x0DEE951E
        machine.cause = machine.PWRON_RESET
        assert board_class("pico_lte")().woke_from_deep_sleep() is False

    play("pico_lte", "rp2", scene)


def test_a_pico_2_has_its_watchdog_elsewhere():
    async def scene(machine):
        machine.chip = "RP2350"
        with machine:
            raised(Slept, lambda: board_class("pico_lte")().deep_sleep(1000))
            assert machine.mem32[0x400D800C]
            assert not machine.mem32[0x4005800C]
            machine.start_again(3)
            assert board_class("pico_lte")().woke_from_deep_sleep() is True

    play("pico_lte", "rp2", scene)


def test_the_watchdog_begins_with_the_first_feed():
    async def scene(machine, board, row):
        assert machine.watchdogs == []
        board.feed_watchdog()
        board.feed_watchdog()
        # The firmware feeds it every two seconds.
        assert len(machine.watchdogs) == 1
        assert machine.watchdogs[0] >= 5000
        assert machine.feeds == 2
        raised(Restarted, board.restart)

    on_each(scene)


def test_leds_buttons_and_buzzers_are_where_the_board_has_them():
    # Folder, LED and its level when lit, button and its level when pressed.
    there = {
        "t_sim7000g": ((12, 0), None),
        "t_sim7080g_s3": (None, (0, 0)),
        "pico_sim7080g": (("LED", 1), None),
        "pico_lte": ((22, 1), (21, 0)),
        "pico": ((25, 1), None),
    }

    async def scene(machine, board, row):
        led, button = there.get(row[0], (None, None))
        assert hasattr(board, "led") == (led is not None), row
        assert hasattr(board, "button") == (button is not None), row
        assert not hasattr(board, "buzzer")
        if led is not None:
            assert machine.level(led[0]) == 1 - led[1]
            board.led(True)
            assert machine.level(led[0]) == led[1]
            raised(Slept, lambda: board.deep_sleep(1000))
            assert machine.level(led[0]) == 1 - led[1]
        if button is not None:
            pad = machine.pads[button[0]]
            assert pad.pull == (machine.Pin.PULL_DOWN if button[1] else machine.Pin.PULL_UP)
            pad.from_outside = button[1]
            assert board.button() is True
            pad.from_outside = 1 - button[1]
            assert board.button() is False

    on_each(scene)


def test_the_base_of_m5stack_knows_its_controllers():
    async def scene(machine):
        board = board_class("m5_catm")
        for core, rx, key in (("core2", 35, 27), ("tough", 35, 27), ("cores3", 10, 6)):
            await board(core).open_uart()
            assert machine.uarts[-1][2] == {"tx": 0, "rx": rx, "rxbuf": 2048}
            assert machine.level(key) == 0
            close_all(machine)
        assert "core2" in str(raised(ValueError, lambda: board("core7")))

    play("m5_catm", "esp32", scene)


def test_any_board_takes_its_pins_from_the_configuration():
    async def scene(machine):
        board = board_class("any")
        made = board({"uart": 3, "power_key": (7, 0), "buzzer": (8, 1), "supply": (9, 0)})
        await made.open_uart()
        assert machine.uarts == [[3, 115_200, {"rxbuf": 2048}, True]]
        assert [machine.level(pin) for pin in (7, 8, 9)] == [1, 0, 0]
        assert len(machine.of_pin(7)) == 1, "it was pressed when the pin became an output"
        made.buzzer(True)
        assert machine.level(8) == 1
        assert "config.py names no pins" in str(raised(ValueError, board))
        config.PINS = {"uart": 2, "tx": 8, "rx": 9}
        try:
            await board().open_uart()
        finally:
            config.PINS = None
        assert machine.uarts[-1][:3] == [2, 115_200, {"rxbuf": 2048, "tx": 8, "rx": 9}]
        error = str(raised(ValueError, lambda: board({"uart": 1, "powerkey": (4, 1)})))
        assert "powerkey" in error or "unexpected" in error
        assert "power_key" in error  # of the example
        assert board({"uart": 1}).power_key is None

    play("any", "rp2", scene)


def test_a_port_that_tells_no_cause_has_no_deep_sleep_to_tell():
    async def scene(machine):
        assert board_class("any")({"uart": 1}).woke_from_deep_sleep() is False

    play("any", "stm32", scene)
