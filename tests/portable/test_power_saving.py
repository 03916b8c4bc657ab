"""Timers against TS 24.008's tables, requests and grants against a scripted modem."""

import asyncio

import nce_modem.power_saving
import nce_modem.timers
from nce_modem import UsageError
from nce_modem.at.dialect import Dialect
from nce_modem.errors import AttachError
from nce_modem.kept_pace import save
from nce_modem.power_saving import Edrx, Granted, PowerSaving
from test_modem_session import ANSWERS, QUICK, ScriptedModem, play, raised

power_saving = nce_modem.power_saving
timers = nce_modem.timers

TAUS = (
    ("00000001", 600), ("00011111", 18_600), ("00100001", 3600), ("00111000", 86_400),
    ("01000001", 36_000), ("01100001", 2), ("10000001", 30), ("10100001", 60),
    ("11000001", 1_152_000), ("11100000", None), ("11111111", None),
)  # fmt: skip
ACTIVES = (
    ("00000000", 0), ("00000001", 2), ("00011111", 62), ("00100001", 60), ("01000001", 360),
    ("01011111", 11_160), ("11100000", None), ("01100010", 120),
)  # fmt: skip
# Seconds asked for -> what is sent: exact where some unit is, else the shortest step, rounded up.
ASKED = (
    (0, "01100000"), (2, "01100001"), (60, "01111110"), (61, "01111111"), (90, "10000011"),
    (3600, "00000110"), (86_400, "00111000"), (720_000, "01010100"),
    (None, "11100000"),
)  # fmt: skip


# Table 10.5.5.32/24.008, octet 3, bits 4 to 1: the coding -> milliseconds of the cycle in WB-S1
# mode (LTE-M) and in NB-S1 mode (NB-IoT). Its notes: what a mode does not have is read as
# 2621.44 s (WB-S1) or as 20.48 s (NB-S1).
EDRX = (
    ("0000", 5120, 20_480),
    ("0001", 10_240, 20_480),
    ("0010", 20_480, 20_480),
    ("0011", 40_960, 40_960),
    ("0100", 61_440, 20_480),
    ("0101", 81_920, 81_920),
    ("0110", 102_400, 20_480),
    ("0111", 122_880, 20_480),
    ("1000", 143_360, 20_480),
    ("1001", 163_840, 163_840),
    ("1010", 327_680, 327_680),
    ("1011", 655_360, 655_360),
    ("1100", 1_310_720, 1_310_720),
    ("1101", 2_621_440, 2_621_440),
    ("1110", 2_621_440, 5_242_880),
    ("1111", 2_621_440, 10_485_760),
)
# The codings that may be asked for.
ASKED_EDRX = {
    timers.LTE_M: [row[0] for row in EDRX[:14]],
    timers.NB_IOT: ["0010", "0011", "0101"] + [row[0] for row in EDRX[9:]],
}


def test_timers_are_read_as_the_tables_say():
    for bits, seconds in TAUS:
        assert timers.decode_periodic_tau(bits) == seconds, bits
    for bits, seconds in ACTIVES:
        assert timers.decode_active_time(bits) == seconds, bits
    for bits in ("", "0", "000000010", "0000000x", None):
        assert timers.decode_periodic_tau(bits) is None
        assert timers.decode_active_time(bits) is None


def test_timers_are_written_exactly_or_rounded_up():
    for seconds, bits in ASKED:
        assert timers.encode_periodic_tau(seconds) == bits, seconds
    for seconds in (1, 7, 59, 61, 63, 100, 999, 3601, 12_345, 86_399, 400_000, 5_000_000):
        found = timers.decode_periodic_tau(timers.encode_periodic_tau(seconds))
        assert seconds <= found <= seconds + 1_152_000
        if seconds <= 11_160:
            found = timers.decode_active_time(timers.encode_active_time(seconds))
            assert seconds <= found <= seconds + 360
    assert timers.encode_active_time(10) == "00000101"
    assert timers.encode_active_time(120) == "00100010"


def test_times_no_timer_can_say_are_refused():
    for call, value in (
        (timers.encode_active_time, 11_161),
        (timers.encode_active_time, -1),
        (timers.encode_periodic_tau, 31 * 1_152_000 + 1),
        (timers.encode_edrx_cycle, 2622),
    ):
        try:
            call(value)
        except ValueError as error:
            assert str(value) in str(error)
        else:
            raise AssertionError(value)


def test_edrx_cycles_are_those_of_the_table():
    for seconds, act, bits in (
        (5, timers.LTE_M, "0000"),
        (20.48, timers.LTE_M, "0010"),
        (80, timers.LTE_M, "0101"),
        (80, timers.NB_IOT, "0101"),
        (61, timers.NB_IOT, "0101"),
        (2600, timers.LTE_M, "1101"),
        (10_000, timers.NB_IOT, "1111"),
    ):
        assert timers.encode_edrx_cycle(seconds, act) == bits, (seconds, act)
    for bits in ("", "0", "00000", "000x", None):
        assert timers.decode_edrx_cycle(bits, timers.LTE_M) is None
        assert timers.decode_edrx_cycle(bits, timers.NB_IOT) is None
    assert timers.decode_paging_window("0000", timers.LTE_M) == 1280
    assert timers.decode_paging_window("0011", timers.NB_IOT) == 10_240


def test_each_edrx_cycle_is_read_and_asked_for_by_its_row():
    for bits, lte_m_ms, nb_iot_ms in EDRX:
        assert timers.decode_edrx_cycle(bits, timers.LTE_M) == lte_m_ms, bits
        assert timers.decode_edrx_cycle(bits, timers.NB_IOT) == nb_iot_ms, bits
        assert power_saving.edrx_of(["4", bits, bits]) == Edrx(4, lte_m_ms, lte_m_ms, None)
        assert power_saving.edrx_of(["5", bits, bits]) == Edrx(5, nb_iot_ms, nb_iot_ms, None)
    for act, column in ((timers.LTE_M, 1), (timers.NB_IOT, 2)):
        shorter_ms = 0
        for row in EDRX:
            if row[0] in ASKED_EDRX[act]:
                cycle_ms = row[column]
                # Of exactly this cycle, and of all that is longer than the one before.
                for asked_ms in (cycle_ms, cycle_ms - 10, shorter_ms + 10):
                    found = timers.encode_edrx_cycle(asked_ms / 1000, act)
                    assert found == row[0], (act, asked_ms, found)
                shorter_ms = cycle_ms
    for seconds, act in ((2621.45, timers.LTE_M), (10_485.77, timers.NB_IOT)):
        try:
            timers.encode_edrx_cycle(seconds, act)
        except ValueError as error:
            assert ("2621.44" if act == timers.LTE_M else "10485.76") in str(error), error
        else:
            raise AssertionError(seconds)


def test_each_paging_window_is_read_by_its_mode():
    # The same table: WB-S1 counts in steps of 1.28 s, NB-S1 in steps of 2.56 s, both from one.
    for value in range(16):
        bits = timers.binary(value, 4)
        assert timers.decode_paging_window(bits, timers.LTE_M) == 1280 * (value + 1)
        assert timers.decode_paging_window(bits, timers.NB_IOT) == 2560 * (value + 1)
    assert [timers.binary(value, 4) for value in (0, 5, 10, 15)] == [
        "0000",
        "0101",
        "1010",
        "1111",
    ]


def test_grants_are_read_where_the_fields_stand():
    for text, granted in (
        ('4,5,"00B7","00011B07",7,,,"00000101","00111000"', Granted(86_400, 10)),
        ('5,"00B7","00011B07",7,,,"00000101","00111000"', Granted(86_400, 10)),
        # A cell that looks like a timer is none.
        ('4,5,"00B7","01010101",7', None),
        ('4,5,"00B7","01010101",7,,,"11100000","11100000"', None),
        ("4,5", None),
        ("", None),
    ):
        assert power_saving.granted_of(text) == granted, text


def test_edrx_grants_are_read():
    assert power_saving.edrx_of(["4", "0101", "0011", "0001"]) == Edrx(4, 81_920, 40_960, 2560)
    assert power_saving.edrx_of(["5", "0101"]) == Edrx(5, 81_920, None, None)
    for values in ([], ["0"], ["4"], ["x", "0101"]):
        assert power_saving.edrx_of(values) is None


def test_psm_is_asked_for_granted_slept_through_and_asked_for_again():
    script = ScriptedModem()
    script.answers["AT+CEREG?"] = (
        '\r\n+CEREG: 4,5,"00B7","00011B07",8,,,"00000101","00111000"\r\n\r\nOK\r\n'
    )
    script.answers["AT+CEDRXRDP"] = '\r\n+CEDRXRDP: 4,"0101","0011","0001"\r\n\r\nOK\r\n'

    async def scene(modem, script):
        saving = PowerSaving(modem)
        await saving.request_psm(periodic_tau_s=86_400, active_time_s=10)
        await saving.request_edrx(80)
        await modem.attach()
        assert script.count('AT+CPSMS=1,,,"00111000","00000101"') == 1
        assert script.count('AT+CEDRXS=2,4,"0101"') == 1
        assert await saving.read_granted() == Granted(86_400, 10)
        assert script.commands[-1] == "AT+CEREG=2"  # what the driver lives on
        assert await saving.read_edrx() == Edrx(4, 81_920, 40_960, 2560)
        assert not await saving.sleep(10)
        script.say("\r\nPSM POWER DOWN\r\n")
        assert await saving.sleep(5000)
        generation = modem.generation
        await saving.wake()
        assert modem.address is not None
        assert modem.generation >= generation
        assert script.count('AT+CPSMS=1,,,"00111000","00000101"') == 2
        assert script.count("AT+CEDRXS=2") == 2

    play(scene, script)


def test_no_grant_is_none_and_vendors_tell_in_their_own_way():
    async def scene(modem, script):
        saving = PowerSaving(modem)
        await modem.attach()
        assert await saving.read_granted() is None
        script.say("\r\n+QPSMTIMER: 3600,20\r\n")
        script.answers["AT+CEDRXRDP"] = "\r\n+CEDRXRDP: 0\r\n\r\nOK\r\n"
        assert await saving.read_edrx() is None
        assert await saving.read_granted() == Granted(3600, 20)
        await saving.request_no_psm()
        await saving.request_no_edrx()
        assert await saving.read_granted() is None

    play(scene)


def test_a_modem_that_sleeps_without_restarting_has_lost_its_bearer():
    async def scene(modem, script):
        saving = PowerSaving(modem)
        await modem.attach()
        generation = modem.generation
        script.say("\r\n+UUPSMR: 1\r\n")
        assert await saving.sleep(5000)
        await saving.wake()
        assert modem.generation == generation + 1
        assert modem.address is not None

    dialect = QUICK.profile.dialect
    dialect = Dialect("+UUPSMR", boot=dialect.boot, shapes=dialect.shapes)
    play(scene, family=QUICK.changed(dialect=dialect))


def test_a_setting_of_an_earlier_run_is_left_alone_when_asked_for():
    for options, count in (({}, 1), ({"keeps_psm": True}, 0)):
        script = ScriptedModem()

        async def scene(modem, script):
            await modem.power_on()

        play(scene, script, **options)
        assert script.count("AT+CPSMS=0") == count, options


def test_waking_does_not_take_the_request_back_first():
    async def scene(modem, script):
        saving = PowerSaving(modem)
        await saving.request_psm(86_400, 10)
        await saving.wake()
        assert script.count("AT+CPSMS=0") == 0
        assert script.count("AT+CPSMS=1") == 1  # the modem is awake, and has it

    play(scene)


def test_edrx_without_unsolicited_results_is_asked_for_as_well():
    script = ScriptedModem()
    script.answers['AT+CEDRXS=2,5,"0101"'] = "\r\nERROR\r\n"

    async def scene(modem, script):
        await PowerSaving(modem).request_edrx(80, timers.NB_IOT)
        assert script.count('AT+CEDRXS=1,5,"0101"') == 1

    play(scene, script)


def test_edrx_takes_the_two_accesses_that_have_it_and_names_them():
    async def scene(modem, script):
        saving = PowerSaving(modem)
        for act in ("LTE", "LTE-M", 7, None):
            error = await raised(UsageError, saving.request_edrx(20, act=act))
            assert repr(act) in str(error) and "LTE_M (4)" in str(error), error
            assert "NB_IOT (5)" in str(error), error
        assert script.commands == []

    play(scene)


def test_release_assistance_is_refused_where_it_is_unconfirmed():
    async def scene(modem, script):
        saving = PowerSaving(modem)
        await modem.attach()
        port = await modem.open_datagram("198.51.100.1", 7)
        for awaitable in (saving.release(port), saving.send_last(port, b"bye")):
            error = await raised(UsageError, awaitable)
            assert QUICK.profile.name in str(error)
        assert script.datagrams == []

    play(scene, family=QUICK.changed(capabilities=()))


def attaches(modem):
    """How many attaches of the last day are counted."""
    return len(save(modem.pace, modem.now_ms()).split(" ")) - 4


# The event within makes the driver ask again at once.
SEARCHING = "\r\n+CEREG: 2\r\n\r\n+CEREG: 2,2\r\n\r\nOK\r\n"
DENIED = "\r\n+CEREG: 2,3\r\n\r\nOK\r\n"


async def fallen_asleep(modem, script):
    """A `PowerSaving` that saw the modem go."""
    saving = PowerSaving(modem)
    await modem.attach()
    script.say("\r\nPSM POWER DOWN\r\n")
    assert await saving.sleep(5000)
    return saving


def test_waking_from_psm_is_an_update_and_no_attach():
    registered = ANSWERS["AT+CEREG?"]
    saved = []

    async def spent(modem, script):
        script.answers["AT+CEREG?"] = [SEARCHING, registered]
        saving = await fallen_asleep(modem, script)
        assert attaches(modem) == 1
        for _ in range(2):
            for _ in range(24):
                modem.pace.count(modem.now_ms())
            modem.pace.succeed()
            modem.pace.wakes_registered = True
            saved.append(modem.save_state())
            script.answers["AT+CEREG?"] = [SEARCHING, SEARCHING, registered]
            await saving.wake()
            assert attaches(modem) == 24 and modem.pace.failures == 0

    async def afresh(modem, script):
        modem.restore_state(saved[0], 3_600_000)
        assert modem.pace.is_spent(modem.now_ms())
        script.answers["AT+CEREG?"] = [SEARCHING, registered]
        await modem.attach()
        assert attaches(modem) == 24
        # The sleep is used up: what follows is an attach again.
        modem.lose_everything("silence")
        error = await raised(AttachError, modem.attach())
        assert error.step == "pace", error

    play(spent)
    play(afresh)


def test_what_takes_longer_than_an_update_or_is_denied_is_an_attach():
    registered = ANSWERS["AT+CEREG?"]

    async def slow(modem, script):
        saving = await fallen_asleep(modem, script)
        assert attaches(modem) == 0  # it was registered
        script.answers["AT+CEREG?"] = SEARCHING
        waking = asyncio.create_task(saving.wake())
        while attaches(modem) == 0:
            await asyncio.sleep(0.01)
        script.answers["AT+CEREG?"] = registered
        await waking
        assert attaches(modem) == 1

    async def denied(modem, script):
        saving = await fallen_asleep(modem, script)
        script.answers["AT+CEREG?"] = [SEARCHING, DENIED, registered]
        script.say("\r\n+CEREG: 2\r\n")
        waking = asyncio.create_task(saving.wake())
        while attaches(modem) == 0:
            await asyncio.sleep(0.01)
        script.say("\r\n+CEREG: 5\r\n")
        await waking
        assert attaches(modem) == 1
        assert script.count("AT+CFUN=4") == 0  # it asked the network afresh by itself

    play(slow, limits_ms={"update": 100})
    play(denied)


def test_a_restart_that_is_no_sleep_costs_an_attach():
    registered = ANSWERS["AT+CEREG?"]

    async def scene(modem, script):
        saving = await fallen_asleep(modem, script)
        await saving.wake()
        for banner in ("POWERED DOWN", "RDY"):
            script.say("\r\n%s\r\n" % banner)
        while modem.is_ready:
            await asyncio.sleep(0.01)
        script.answers["AT+CEREG?"] = [SEARCHING, registered]
        await modem.attach()
        assert attaches(modem) == 1

    play(scene)
