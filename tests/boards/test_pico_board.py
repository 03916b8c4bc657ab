"""A Raspberry Pi Pico with this firmware, emulated in the world's own process and virtual time.

The image is MicroPython's rp2 port as a Pico gets it. Its UART takes the time of its rate, its
flash that of an erase, and its supply may fail amid one.
"""

import pytest

from nce_sim.modem.personalities import BY_NAME
from nce_sim.world import World
from support.emulated_picos import WAIT, RecordingLine, pico_firmware, pico_of

slow = pytest.mark.slow

# A personality with a power key, and the driver's name of it.
OTHER_NAMES = {"a7672": "a76xx", "sara-r4": "sara-r410"}
KEYED = [name for name in sorted(BY_NAME) if BY_NAME[name].power_on_pulse_ms]
# Of three makers; the pulse for sara-r4 is the shortest that it takes, and a millisecond.
SAMPLE = ["a7672", "bg95", "sara-r4"]
# Of `machine.reset_cause()`, which has these two on an RP2040.
POWER_ON, WATCHDOG = 1, 3


def text_of(pico):
    """What it said, without the times."""
    return [line[10:] for line in pico.lines]


SWITCH_ON = """
import asyncio
from board import Board
from nce_modem import Modem

async def switch_on(family):
    modem = Modem(board, family=family)
    print("next", family)
    await asyncio.sleep(1)
    try:
        await modem.power_on()
        print("on", family, modem.model)
    except OSError as error:
        print("failed", family, error)
    await modem.close()

board = Board()
for family in %r:
    asyncio.run(switch_on(family))
print("done")
"""


@pytest.mark.parametrize(
    "keyed",
    [
        pytest.param(SAMPLE, marks=slow, id="sample"),
        pytest.param(KEYED, marks=pytest.mark.exhaustive, id="all"),
    ],
)
def test_the_power_key_switches_modems_on_and_its_pulse_keeps_the_limits(keyed, figure):
    """Each modem is off; the pulse is measured at the pin, in microseconds."""
    world = World(seed=1)
    modems = {name: world.add_modem(world.add_sim(), name) for name in keyed}
    names = [OTHER_NAMES.get(name, name) for name in keyed]
    program = {"main.py": WAIT + SWITCH_ON % (names,)}
    pico = pico_of(world, modems[keyed[0]], pico_firmware(), program)
    pico.power_on()
    for name, family in zip(keyed, names, strict=True):
        pico.run(lambda family=family: text_of(pico)[-1:] == [f"next {family}"], 60)
        pico.attach(modems[name])
        before = len(pico.key_pulses)
        pico.run(lambda: text_of(pico)[-1][:2] in ("on", "fa") or pico.has_said("Error"), 90)
        assert text_of(pico)[-1].startswith(f"on {family}"), text_of(pico)[-20:]
        pulses = [(end - start) / 1000 for start, end in pico.key_pulses[before:]]
        figure(f"Pico, {name}: the key was pressed for {pulses} ms")
        assert len(pulses) == 1
        assert pulses[0] >= BY_NAME[name].power_on_pulse_ms


TALK = """
import time
from machine import Pin, UART
for rate in (9600, 115200):
    uart = UART(1, rate, tx=Pin(4), rx=Pin(5), rxbuf=2048)
    print("rate", rate)
    uart.write(bytes(range(100)) + bytes(range(100, 250)))
    uart.flush()
    print("sent", rate)
    time.sleep_ms(1000)
    print("heard", rate, len(uart.read() or b""))
print("done")
"""


@slow
def test_the_uart_takes_the_time_of_its_rate_both_ways():
    """250 bytes of ten bits: 260.4 ms at 9600 bit/s, 21.7 ms at 115200."""
    world = World(seed=1)
    line = RecordingLine(world)
    pico = pico_of(world, line, pico_firmware(), {"main.py": WAIT + TALK})
    pico.power_on()
    for rate in (9600, 115_200):
        line.received.clear()
        pico.run(lambda rate=rate: pico.has_said(f"sent {rate}"), 10)
        assert [byte for _, byte in line.received] == list(range(250))
        took_ms = line.received[-1][0] - line.received[0][0]
        assert took_ms == pytest.approx(249 * 10_000 / rate, abs=1.5)
        start_ms = world.clock.now_ms()
        line.send_to_host(bytes(250))
        pico.run(lambda: not pico.is_receiving, 10)
        assert world.clock.now_ms() - start_ms == pytest.approx(250 * 10_000 / rate, abs=1.5)
        pico.run(lambda rate=rate: pico.has_said(f"heard {rate} 250"), 10)
    assert pico.lost_bytes == 0


ERASE = """
import rp2, time
from machine import Pin, UART
uart = UART(1, 115200, tx=Pin(4), rx=Pin(5), rxbuf=2048)
flash = rp2.Flash()
print("erase")
time.sleep_ms(20)
flash.ioctl(6, 255)
time.sleep_ms(300)
print("heard", len(uart.read() or b""))
print("done")
"""


@slow
def test_bytes_are_lost_while_a_block_of_flash_is_erased(figure):
    """45 ms without interrupts, and a FIFO of 32 bytes: what a board without RTS and CTS meets."""
    world = World(seed=1)
    line = RecordingLine(world)
    pico = pico_of(world, line, pico_firmware(), {"main.py": WAIT + ERASE})
    pico.power_on()
    pico.run(lambda: pico.has_said("erase"), 10)
    line.send_to_host(bytes(1000))
    pico.run(lambda: pico.has_said("done"), 10)
    heard = int(text_of(pico)[-2].split()[1])
    figure(f"Pico: of 1000 bytes at 115200 bit/s, {1000 - heard} are lost during one erase")
    assert heard + pico.lost_bytes == 1000
    assert pico.lost_bytes == pytest.approx(45 * 11.52 - 32, abs=12)


KEEP = """
from nce.folder import Folder
from nce.outbox import Outbox
from nce.slots import Slots
outbox = Outbox(Folder("outbox"), 16384)
slots = Slots("state")
print("found", len(outbox), outbox.next_number, slots.load())
for number in range(outbox.next_number, outbox.next_number + 6):
    outbox.put(b"record %%d" %% number)
    print("kept", number)
    slots.save(b"state %%d" %% number)
    print("saved", number)
    if number %% 3 == 2:
        batch = outbox.peek_batch(1024, join=b" ".join)
        outbox.acknowledge(batch)
        print("gone", batch.numbers[-1])
print("done")
""".replace("%%", "%")


def newest(lines, word):
    """The last number said after `word`, -1 for none."""
    return max((int(line.split()[1]) for line in lines if line.startswith(f"{word} ")), default=-1)


def judge_flash(flash, said, folder):
    """A flash at the instant of a power cut keeps what the board had said before."""
    from nce.folder import Folder
    from nce.outbox import Outbox
    from nce.slots import Slots
    from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET, files_of

    disk = files_of(flash[FILESYSTEM_OFFSET:])
    files = {name: data for name, data in disk.items() if name != "main.py"}
    folder.mkdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    outbox = Outbox(Folder(str(folder / "outbox")), 16_384)
    kept, saved, gone = (newest(said, word) for word in ("kept", "saved", "gone"))
    assert outbox.next_number in (kept + 1, kept + 2)
    batch = outbox.peek_batch(1024, join=b" ".join)
    numbers = batch.numbers if batch else ()
    wanted = range(gone + 1, kept + 1)
    assert set(numbers) >= set(wanted) or numbers == () == tuple(range(gone + 4, kept + 1))
    state = Slots(str(folder / "state")).load()
    assert state in {b"state %d" % number for number in (saved, saved + 1)} | (
        {None} if saved < 0 else set()
    )


@slow
def test_no_power_cut_during_a_write_loses_what_was_kept(tmp_path, figure):
    """Every write of the flash is a place for a cut: amid it, nothing said before is lost."""
    world = World(seed=1)
    pico = pico_of(world, RecordingLine(world), pico_firmware(), {"main.py": WAIT + KEEP})
    cuts = []
    pico.on_flash_write = lambda flash: cuts.append((flash, text_of(pico)))
    pico.power_on()
    pico.run(lambda: pico.has_said("done"), 30)
    for number, (flash, said) in enumerate(cuts):
        judge_flash(flash, said, tmp_path / str(number))
    figure(f"Pico: {len(cuts)} power cuts during outbox writes and save()")
    assert len(cuts) >= 20


@slow
@pytest.mark.parametrize("part", [0.0, 0.4])
def test_the_board_itself_goes_on_after_a_power_cut(part):
    world = World(seed=1)
    pico = pico_of(world, RecordingLine(world), pico_firmware(), {"main.py": WAIT + KEEP})
    for number in (3, 11):
        pico.power_on()
        pico.cut_at_flash_write(number, part)
        said = len(pico.lines)
        assert not pico.run(lambda: False, 30)  # the power fails first
        kept, gone = (newest(text_of(pico), word) for word in ("kept", "gone"))
        assert not any("Error" in line for line in pico.lines[said:])
    pico.power_on()
    pico.run(lambda: pico.has_said("done"), 30)
    found = next(line for line in reversed(text_of(pico)) if line.startswith("found"))
    _, waiting, following, *_ = found.split()
    assert int(following) in (kept + 1, kept + 2)
    assert int(waiting) >= kept - gone


LIVES = """
import asyncio, machine, time
from board import Board
board = Board()
asyncio.run(board.open_uart())
cause, woke = machine.reset_cause(), board.woke_from_deep_sleep()
try:
    life = open("life").read()
except OSError:
    life = ""
print("life", len(life), "cause", cause, "woke", woke)
with open("life", "w") as file:
    file.write(life + "x")
if len(life) == 0:
    board.feed_watchdog()
    time.sleep(6)
    board.feed_watchdog()
    print("fed")
    while True:
        pass
elif len(life) == 1:
    board.restart()
elif len(life) == 2:
    board.feed_watchdog()
    print("sleep")
    board.deep_sleep(20_000)
elif len(life) == 3:
    print("sleep")
    board.deep_sleep(5_400_000)
board.led(True)
print("done")
"""


@slow
def test_the_watchdog_a_restart_and_deep_sleep_start_the_program_afresh():
    """Deep sleep ends as a restart does on an RP2040, so the board keeps a mark of its own.

    Each byte of the console and of the modem wakes the core; the sleep goes on all the same.
    """
    world = World(seed=1)
    line = RecordingLine(world)
    pico = pico_of(world, line, pico_firmware(), {"main.py": WAIT + LIVES})
    pico.power_on()
    for number in (1, 2):
        pico.run(lambda number=number: text_of(pico).count("sleep") == number, 60)
        pico.run_for(5)
        pico.type("x\r\n")
        pico.run_for(5)
        line.send_to_host(b"RDY\r\n")
    pico.run(lambda: pico.has_said("done"), 7_200)
    at_ms = {text: int(line[:9]) for line, text in zip(pico.lines, text_of(pico), strict=True)}
    lives = [line for line in text_of(pico) if line.startswith("life")]
    assert lives == [
        f"life 0 cause {POWER_ON} woke False",
        f"life 1 cause {WATCHDOG} woke False",
        f"life 2 cause {WATCHDOG} woke False",
        f"life 3 cause {WATCHDOG} woke True",
        f"life 4 cause {WATCHDOG} woke True",
    ]
    # 8 s of watchdog, and as long as a start takes until something can be said.
    assert 8_000 < at_ms[lives[1]] - at_ms["fed"] < 8_800
    slept = [int(line[:9]) for line in pico.lines if line.endswith(" sleep")]
    assert 20_000 < at_ms[lives[3]] - slept[0] < 21_000
    assert 5_400_000 < at_ms[lives[4]] - slept[1] < 5_401_000
    assert pico.restarts == 4
    assert pico.led_changes[-1][1] is True
    pico.cut_power()
    pico.power_on()
    pico.run(lambda: f"cause {POWER_ON} woke False" in pico.lines[-2], 30)


@slow
def test_the_coap_blueprint_loses_nothing_on_its_way(figure):
    """A modem reset in a send, a coverage hole, and a power cut in a write of the flash."""
    pico_firmware()
    from support.pico_trial import try_on_pico

    trial = try_on_pico("coap")
    trial.judge()
    figure(
        f"Pico, coap: {len(set(trial.kept))} records kept, all arrived, in "
        f"{trial.seconds:.0f} s and {trial.instructions / 1e6:.0f} M instructions"
    )


@pytest.mark.parametrize(
    "is_deep",
    [
        pytest.param(False, marks=slow, id="awake"),
        pytest.param(True, marks=pytest.mark.exhaustive, id="deep sleep"),
    ],
)
def test_the_low_power_blueprint_loses_nothing_on_its_way(is_deep, figure):
    """The same troubles; between two records the modem sleeps (PSM), and the board does, too.

    The modem's active time is short, so that it sleeps for most of the run. After a deep sleep
    the program starts afresh, and the flash has all that it knows.
    """
    pico_firmware()
    from support.pico_trial import try_on_pico

    trial = try_on_pico("low_power", PSM_ACTIVE_S=10, INTERVAL_S=180, DEEP_SLEEP=is_deep, cut_at=7)
    trial.judge()
    assert "the modem sleeps" in trial.transcript
    assert (trial.restarts >= 4) == is_deep
    figure(
        f"Pico, low_power: {len(set(trial.kept))} records kept, all arrived, in "
        f"{trial.seconds:.0f} s, {trial.restarts} restarts and {trial.instructions / 1e6:.0f} M "
        "instructions"
    )


@pytest.mark.exhaustive
def test_a_run_of_the_coap_blueprint_can_be_repeated_byte_for_byte():
    """Console, timeline and flash, through the same troubles."""
    pico_firmware()
    from support.pico_trial import try_on_pico

    assert try_on_pico("coap").transcript == try_on_pico("coap").transcript


@slow
def test_the_fast_core_makes_the_same_run_to_the_cycle():
    """The core of rp2040py is the judge of ours."""
    runs = []
    for is_fast in (True, False):
        world = World(seed=3)
        pico = pico_of(
            world,
            RecordingLine(world),
            pico_firmware(),
            {"main.py": WAIT + KEEP + "print(sum(i * i // 7 for i in range(3000)), 2.5 ** 0.3)\n"},
            is_fast=is_fast,
        )
        pico.power_on()
        pico.run(lambda pico=pico: pico.has_said("done"), 30)
        pico.run_for(2)
        cycles = pico.cycles
        pico.cut_power()
        runs.append((pico.lines, cycles, bytes(pico.flash)))
    assert runs[0] == runs[1]
