"""Every limit of the driver against a literal table: pulses, time-outs, pauses; in virtual time.

Figures of makers: Quectel BG95 and BG96 hardware design and AT manuals, SIMCom SIM7000 and SIM7080
hardware design and AT manuals, u-blox SARA-R4 and SARA-R5 system integration and AT manuals,
Nordic SLM, Sequans Monarch AT manual. The rest is the driver's own choice, fixed here.
"""

import asyncio

import pytest

import nce_modem
from nce_modem import Modem, errors, progress
from nce_modem.at.command import Command
from nce_modem.detect import ANYONE
from nce_modem.families.nordic_slm import FIRST_SLM, SLM
from nce_sim.clock import run_virtual
from test_modem_session import ANSWERS, ScriptedModem

PEER = ("10.60.2.239", 4445)
OK = "\r\nOK\r\n"
ERROR = "\r\nERROR\r\n"
SEARCHING = "\r\n+%s: 2,2\r\n" + OK

# Family -> milliseconds of the key that switches on (least, most) and off (least, most); how long
# powering on may take; from the key to the next try at the least.
POWER = {
    "BG95": ((500, 1000), (650, 1500), 30_000, 8000),
    "BG77": ((500, 1000), (650, 1500), 30_000, 8000),
    "BG96": ((100, 500), (650, 2000), 60_000, 8000),
    "EC21": ((500, 1000), (650, 1500), 90_000, 15_000),
    "EC25": ((500, 1000), (650, 1500), 90_000, 15_000),
    "EG91": ((500, 1000), (650, 1500), 90_000, 15_000),
    "EG95": ((500, 1000), (650, 1500), 90_000, 15_000),
    # A7672: at least 50 ms, and 2.5 s; SIM7600: 100 to 500 ms, and 2.5 s.
    "A76XX": ((100, 500), (2500, 3500), 60_000, 12_000),
    "SIM7600": ((100, 500), (2500, 3500), 90_000, 12_000),
    "SIM7000": ((1000, 1500), (1200, 2000), 60_000, 8000),
    "SIM7070": ((1000, 1500), (1200, 2000), 60_000, 8000),
    "SIM7080": ((1000, 1500), (1200, 2000), 60_000, 8000),
    "SIM7090": ((1000, 1500), (1200, 2000), 60_000, 8000),
    "SARA_R410": ((150, 3200), (2000, 3200), 60_000, 12_000),
    "SARA_R412": ((150, 3200), (2000, 3200), 60_000, 12_000),
    "SARA_R422": ((1000, 2000), (2000, 3200), 60_000, 12_000),
    "SARA_R5": ((1000, 2000), (2000, 3200), 60_000, 12_000),
    "NRF91": ((500, 2000), (500, 2000), 30_000, 8000),
    "GM02S": ((500, 2000), (500, 2000), 30_000, 8000),
    "GM02SP": ((500, 2000), (500, 2000), 30_000, 8000),
    # Nobody knows yet which it is: long enough for each to switch on, and off.
    "ANYONE": ((1500, 2000), (2500, 3200), 60_000, 12_000),
}

# Families -> command, milliseconds.
QUECTEL, SIMCOM, SIM7080S = (
    ("BG95", "BG96", "BG77", "EC21", "EC25", "EG91", "EG95"),
    ("SIM7000",),
    ("SIM7070", "SIM7080", "SIM7090"),
)
SIM7600S = ("A76XX", "SIM7600")
SARAS = ("SARA_R410", "SARA_R412", "SARA_R422", "SARA_R5")
TIMEOUTS = (
    (QUECTEL, "AT+QIACT=1", 150_000),
    (QUECTEL, "AT+QIACT?", 5000),
    (QUECTEL, "AT+QIDEACT=1", 40_000),
    (QUECTEL, "AT+QISEND=0,5", 30_000),
    (QUECTEL, "AT+QIRD=0,1500", 10_000),
    (QUECTEL, "AT+QICLOSE=0", 20_000),
    (QUECTEL, 'AT+QIDNSGIP=1,"a.example"', 60_000),
    (QUECTEL, "AT+COPS=?", 180_000),
    (QUECTEL, "AT+CGATT=1", 140_000),
    (QUECTEL, "AT+CFUN=1", 15_000),
    (SIMCOM, "AT+CIICR", 85_000),
    (SIMCOM, "AT+CIPSHUT", 65_000),
    (SIMCOM, 'AT+CIPSTART=0,"UDP","10.60.2.239",4445', 75_000),
    (SIMCOM, "AT+CIPSEND=0,8", 60_000),
    (SIMCOM, "AT+CGATT=1", 75_000),
    (SIMCOM, "AT+COPS=?", 120_000),
    (SIMCOM, "AT+CFUN=1", 10_000),
    (SIM7080S, "AT+CNACT=0,1", 60_000),
    (SIM7080S, "AT+CNACT?", 5000),
    (SIM7080S, "AT+CGATT=1", 75_000),
    (SIM7080S, "AT+COPS=?", 120_000),
    (SIM7080S, 'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445', 75_000),
    (SIM7080S, "AT+CASEND=0,8", 30_000),
    (SIM7080S, 'AT+CASERVER=0,0,"UDP",5683', 75_000),
    (SIM7080S, "AT+CFUN=1", 10_000),
    (SIM7080S, 'AT+CDNSGIP="a.example"', 60_000),
    (SIM7600S, 'AT+CIPSEND=0,8,"10.60.2.239",4445', 30_000),
    (SIM7600S, "AT+CIPRXGET=4,0", 9000),
    (SIM7600S, 'AT+CDNSGIP="a.example"', 60_000),
    (SIM7600S, "AT+COPS=?", 60_000),
    (SIM7600S, "AT+CFUN=1", 10_000),
    (SARAS, "AT+USOST=0", 12_000),  # the manual's 10 s, and the prompt
    (SARAS, "AT+USORF=0,1024", 10_000),
    (SARAS, "AT+USOCL=0", 120_000),
    (SARAS, "AT+USOCO=0", 130_000),
    (SARAS, 'AT+UDNSRN=0,"a.example"', 120_000),
    (SARAS, "AT+CGACT=1,1", 150_000),
    (SARAS, "AT+CGATT=1", 180_000),
    (SARAS, "AT+COPS=?", 180_000),
    (SARAS, "AT+CFUN=1", 180_000),
    (SARAS, "AT+UPSDA=0,3", 180_000),
    (("NRF91",), "AT+CFUN=1", 60_000),
    (("NRF91",), "AT#XCONNECT=0", 130_000),
    (("NRF91",), 'AT#XGETADDRINFO="a.example"', 60_000),
    (("NRF91",), "AT#XSENDTO=0", 30_000),
    (("NRF91",), "AT#XSEND=0", 30_000),
    (("NRF91",), "AT+CGACT=1,0", 150_000),
    (("GM02S",), "AT+SQNSD=1", 75_000),
    (("GM02S",), "AT+SQNSSENDEXT=1,8", 20_000),
    (("GM02S",), 'AT+SQNDNSLKUP="a.example",0', 20_000),
    (("GM02S",), "AT+CGATT=1", 60_000),
    (("GM02S",), "AT+CGACT=1,1", 60_000),
    (("GM02S",), "AT+CFUN=1", 20_000),
    (tuple(POWER), "AT+CPIN?", 5000),  # what no manual gives more than a moment
    (tuple(POWER), "AT", 5000),
)
# What sockets take (makers' manuals), and how often one that may have been forgotten is read.
SOCKETS = {
    "BG95": (12, 1460, 10_000),
    "SIM7000": (8, 1460, 10_000),
    "SIM7080": (9, 1459, 10_000),
    "EC25": (12, 1460, 10_000),
    "A76XX": (10, 1472, 10_000),
    "SIM7600": (10, 1472, 10_000),
    "SARA_R410": (7, 1024, 10_000),
    "SARA_R5": (7, 1024, 10_000),
    "NRF91": (8, 1400, 5000),
    "GM02S": (6, 1472, 10_000),
    "SLM": (8, 1024, 1000),
    "FIRST_SLM": (1, 500, 1000),
}
# TS 27.007, 7.3 <AcT> 7 is E-UTRAN; Quectel calls eMTC 8.
LTE_M_ACTS = {"BG95": 8, "BG96": 8, "SIM7080": 7, "SARA_R5": 7, "NRF91": 7, "GM02S": 7}
LTE_M_ACTS.update({"EC25": -1, "A76XX": -1, "SIM7600": -1})  # none


UNLISTED = {
    "ANYONE": ANYONE,
    "SLM": SLM,
    "FIRST_SLM": FIRST_SLM,
    "TELLS_NOTHING": nce_modem.BG95.changed(tells_arrivals=False),
}


def family_of(name):
    return UNLISTED.get(name) or getattr(nce_modem, name)


class Dead(ScriptedModem):
    """A modem that never answers, and a key that notes `(pressed at, held for)`."""

    def __init__(self):
        super().__init__()
        self.presses = []
        self._pressed_ms = None

    def power_key(self, is_pressed):
        now_ms = round(asyncio.get_running_loop().time() * 1000)
        if is_pressed:
            self._pressed_ms = now_ms
        else:
            self.presses.append((self._pressed_ms, now_ms - self._pressed_ms))

    def on_command(self, line):
        pass


def play(scene, script=None, family="BG95", **options):
    """Run `scene(modem, script)` in virtual time."""

    async def within(_clock):
        board = script or ScriptedModem()
        modem = Modem(board, family=family_of(family), **options)
        try:
            return await asyncio.wait_for(scene(modem, board), 86_400)
        finally:
            await modem.close()

    return run_virtual(within)


async def took_ms(modem, awaitable, kind=errors.ModemError):
    """`(milliseconds, error)` of what must raise."""
    begun_ms = modem.now_ms()
    with pytest.raises(kind) as caught:
        await awaitable
    return modem.now_ms() - begun_ms, caught.value


@pytest.mark.parametrize("name", POWER)
def test_the_power_key_is_held_as_long_as_the_maker_says(name):
    (least_on, most_on), (least_off, most_off), limit_ms, gap_ms = POWER[name]

    async def scene(modem, script):
        spent_ms, error = await took_ms(modem, modem.power_on(), errors.ModemSilent)
        assert limit_ms <= spent_ms <= limit_ms + 5000
        assert f"within {limit_ms // 1000} s" in str(error)
        held = [held_ms for _, held_ms in script.presses]
        # On, then off and on again: one key does both.
        assert len(held) >= 2
        # A millisecond of the driver's own, and the virtual clock rounds a wait up.
        for held_ms in held[::2]:
            assert least_on <= held_ms <= most_on + 1
        for held_ms in held[1::2]:
            assert least_off <= held_ms <= most_off + 1
        for (first_ms, held_ms), (second_ms, _) in zip(
            script.presses, script.presses[1:], strict=False
        ):
            assert gap_ms <= second_ms - first_ms - held_ms <= 2 * gap_ms

    play(scene, Dead(), name)


def test_all_families_have_their_rows():
    with pytest.raises(errors.UsageError) as caught:
        Modem(ScriptedModem(), family="none")
    listed = str(caught.value).partition("one of ")[2].partition(", or")[0]
    assert set(listed.split(", ")) == set(POWER) - {"ANYONE"} | {"SIM7080_TELLING_ID"}


@pytest.mark.parametrize(("names", "text", "timeout_ms"), TIMEOUTS)
def test_a_command_has_the_time_that_its_maker_says(names, text, timeout_ms):
    for name in names:
        assert family_of(name).command(text).timeout_ms == timeout_ms, name


@pytest.mark.parametrize("name", SOCKETS)
def test_sockets_are_as_many_and_as_large_as_the_maker_says(name):
    profile = family_of(name).profile
    most, max_datagram, poll_ms = SOCKETS[name]
    assert (len(profile.socket_ids) or profile.max_sockets) == most
    assert (profile.max_datagram, profile.poll_ms) == (max_datagram, poll_ms)


@pytest.mark.parametrize("name", LTE_M_ACTS)
def test_lte_m_has_the_number_that_the_maker_gives_it(name):
    assert family_of(name).profile.m1_act == LTE_M_ACTS[name]


# Step, answers that never get better -> seconds until it gives up; tries of a command; how many.
STEPS = (
    # 20, and the five that a step is given to end by itself.
    ("sim", {"AT+CPIN?": "\r\n+CME ERROR: 14\r\n"}, 25, "AT+CPIN?", (22, 26)),
    ("apn", {"AT+CGDCONT?": OK}, 15.5, "AT+CGDCONT=1", (6, 6)),
    ("radio", {"AT+CFUN?": "\r\n+CFUN: 4\r\n" + OK, "AT+CFUN=1": ERROR}, 15.5, "AT+CFUN=1",
     (6, 6)),
    ("registration", {"AT+%s?" % each: SEARCHING % each for each in ("CEREG", "CGREG", "CREG")},
     300, "AT+CEREG?", (95, 105)),
    ("registration", {"AT+%s?" % each: SEARCHING % each for each in ("CEREG", "CGREG", "CREG")},
     300, "AT+CEER", (5, 7)),
    ("pdp", {"AT+QIACT?": OK, "AT+QIACT=1": ERROR}, 15.5, "AT+QIACT=1", (6, 6)),
    ("pdp", {"AT+QIACT?": '\r\n+QIACT: 1,1,1,"0.0.0.0"\r\n' + OK}, 15.5, "AT+QIACT?", (6, 6)),
)  # fmt: skip


@pytest.mark.parametrize(("step", "answers", "limit_s", "text", "tries"), STEPS)
def test_a_step_of_attaching_gives_up_after_its_time(step, answers, limit_s, text, tries):
    async def scene(modem, script):
        script.answers.update(answers)
        await modem.power_on()
        spent_ms, error = await took_ms(modem, modem.attach(), errors.AttachError)
        assert error.step == step, error
        assert limit_s * 1000 <= spent_ms <= limit_s * 1000 + 3000
        assert tries[0] <= script.count(text) <= tries[1]

    play(scene)


def test_a_step_that_hangs_is_cut_off():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+QIACT?"] = [OK, OK, ANSWERS["AT+QIACT?"]]
        script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 30\r\n"
        # `pdp` may take 200 s; the bound of the caller counts, and five seconds for its end.
        spent_ms, error = await took_ms(modem, modem.attach(), errors.AttachError)
        assert error.step == "pdp"
        assert spent_ms < 20_000

    play(scene, limits_ms={"pdp": 100})


@pytest.mark.parametrize(("silent", "set_ups"), [(1, 2), (9, 3)])
def test_an_attach_whose_command_has_no_answer_sets_the_modem_up_three_times_at_the_most(
    silent, set_ups
):
    async def scene(modem, script):
        script.answers["AT+QIACT?"] = [""] * silent + [ANSWERS["AT+QIACT?"]]
        if silent == 1:
            await modem.attach()
            assert modem.address == "10.160.0.7"
        else:
            with pytest.raises(errors.AttachError) as caught:
                await modem.attach()
            assert caught.value.step == "pdp"
            assert "+QIACT" in caught.value.evidence
        assert script.count("AT+CGMM") == set_ups

    play(scene)


def test_an_update_after_psm_is_an_attach_after_20_seconds():
    async def scene(modem, script):
        await modem.power_on()
        for domain in ("CEREG", "CGREG", "CREG"):
            script.answers[f"AT+{domain}?"] = SEARCHING % domain
        modem.pace.wakes_registered = True
        attaching = asyncio.ensure_future(modem.attach())
        begun_ms = modem.now_ms()
        while not modem.pace.failures:
            await asyncio.sleep(0.1)
        assert 20_000 <= modem.now_ms() - begun_ms <= 24_000
        script.answers["AT+CEREG?"] = ANSWERS["AT+CEREG?"]
        await attaching

    play(scene)


def test_a_command_without_an_answer_has_five_seconds_and_then_blocks_the_line_for_four():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+CPIN?"] = script.answers["AT"] = ""
        spent_ms, error = await took_ms(
            modem, modem.family.ask(modem.link, "AT+CPIN?"), errors.CommandTimeout
        )
        assert 5000 <= spent_ms <= 5050
        assert "AT+CPIN?" in str(error)
        script.answers["AT+CGMM"] = ""
        begun_ms = modem.now_ms()
        asking = asyncio.ensure_future(modem.family.ask(modem.link, "AT+CSQ"))
        while not script.count("AT+CSQ"):
            await asyncio.sleep(0.1)
        # Two stages of two seconds, then a moment of quiet.
        assert 4000 <= modem.now_ms() - begun_ms <= 4200
        await asking

    play(scene)


def test_an_overdue_answer_frees_the_line_after_a_quiet_moment():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+CPIN?"] = ""
        await took_ms(modem, modem.family.ask(modem.link, "AT+CPIN?"), errors.CommandTimeout)
        begun_ms = modem.now_ms()
        # The probe is answered: what it was may have been the overdue one, so 300 ms more.
        await modem.family.ask(modem.link, "AT+CSQ")
        assert 2300 <= modem.now_ms() - begun_ms <= 2500

    play(scene)


def test_three_commands_without_an_answer_are_a_silent_modem():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+CSQ"] = script.answers["AT"] = ""
        kinds = []
        for _ in range(3):
            _, error = await took_ms(modem, modem.family.ask(modem.link, "AT+CSQ"))
            kinds.append((type(error), modem.link.is_silent))
        assert kinds == [
            (errors.CommandTimeout, False),
            (errors.CommandTimeout, False),
            (errors.ModemSilent, True),
        ]

    play(scene)


def test_a_prompt_is_awaited_for_ten_seconds():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers["AT+QISEND=0,1"] = ""
        spent_ms, _ = await took_ms(modem, port.send(b"x"), errors.CommandTimeout)
        assert 10_000 <= spent_ms <= 10_050
        # With less time in all, no longer than that.
        spent_ms, _ = await took_ms(
            modem,
            modem.link.run(Command("AT+QISEND=0,1", timeout_ms=3000, payload=b"x")),
            errors.CommandTimeout,
        )
        assert 3000 <= spent_ms <= 8000

    play(scene)


def test_the_result_of_opening_and_of_a_name_are_awaited_as_long_as_the_maker_says():
    async def scene(modem, script):
        await modem.attach()
        script.answers['AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,0'] = OK
        spent_ms, _ = await took_ms(modem, modem.open_datagram(*PEER), errors.CommandTimeout)
        assert 150_000 <= spent_ms <= 150_100
        script.answers['AT+QIDNSGIP=1,"a.example"'] = OK
        spent_ms, _ = await took_ms(modem, modem.resolve("a.example"), errors.CommandTimeout)
        assert 60_000 <= spent_ms <= 60_100

    play(scene)


def test_a_sara_asks_a_resolver_that_is_not_up_three_times_in_three_seconds():
    async def scene(modem, script):
        await modem.power_on()
        script.answers['AT+UDNSRN=0,"a.example"'] = ERROR
        spent_ms, _ = await took_ms(modem, modem.resolve("a.example"), errors.OpenFailed)
        assert 3000 <= spent_ms <= 3500
        assert script.count("AT+UDNSRN") == 3

    play(scene, family="SARA_R410")


def test_a_sara_r5_is_given_a_minute_to_show_its_address():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+UPSND=0,0"] = '\r\n+UPSND: 0,0,"0.0.0.0"\r\n' + OK
        begun_ms = modem.now_ms()
        assert await modem.family.activate_context(modem.link) is None
        # First +UUPSDA is waited for, twice: the command may be lost, too.
        assert 60_000 <= modem.now_ms() - begun_ms <= 69_000
        assert script.count("AT+UPSDA=0,3") <= 2
        assert script.count("AT+UPSND=0,0") == 55

    play(scene, family="SARA_R5")


def test_a_full_buffer_is_given_3_7_seconds():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.send_result = "\r\nSEND FAIL\r\n"
        spent_ms, _ = await took_ms(modem, port.send(b"x"), errors.SendFailed)
        assert 3700 <= spent_ms <= 4000
        assert len(script.datagrams) == 5

    play(scene)


def test_a_refused_open_is_tried_again_each_second():
    async def scene(modem, script):
        await modem.attach()
        opening = 'AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,0'
        script.answers[opening] = OK + "\r\n+QIOPEN: 0,564\r\n"
        spent_ms, _ = await took_ms(modem, modem.open_datagram(*PEER), errors.OpenFailed)
        assert 2000 <= spent_ms <= 2300
        assert script.count("AT+QIOPEN") == 3

    play(scene)


def test_a_socket_is_looked_at_every_ten_seconds():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        assert await port.receive(65_000) is None
        assert script.count("AT+QIRD=0") == 7  # at once, and six times
        begun_ms = modem.now_ms()
        assert await port.receive(1000) is None
        assert modem.now_ms() - begun_ms == 1000
        assert script.count("AT+QIRD=0") == 7

    play(scene)


def test_a_modem_that_tells_of_no_arrival_is_asked_at_the_end_of_a_wait_too():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        assert await port.receive(300) is None
        assert script.count("AT+QIRD=0") == 2

    play(scene, family="TELLS_NOTHING")


def test_a_read_that_was_refused_is_tried_again_after_half_a_second():
    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        script.answers["AT+QIRD=0,1500"] = ERROR
        spent_ms, _ = await took_ms(modem, port.receive(10_000), errors.SocketDead)
        assert 500 <= spent_ms <= 700
        assert script.count("AT+QIRD=0") == 2

    play(scene)


def test_eight_pushed_datagrams_are_kept():
    async def scene(modem, _script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        for number in range(10):
            port.on_data(bytes((number,)))
        found = [await port.receive(0) for _ in range(9)]
        assert found == [bytes((number,)) for number in range(8)] + [None]

    play(scene)


def test_a_modem_that_answers_is_not_given_its_key_and_is_quick():
    async def scene(modem, script):
        begun_ms = modem.now_ms()
        await modem.power_on()
        assert script.pulses == 0
        assert modem.now_ms() - begun_ms < 2000
        begun_ms = modem.now_ms()
        await modem.attach()
        assert modem.now_ms() - begun_ms < 3000

    told = []
    play(scene, on_event=told.append)
    assert any(isinstance(event, progress.PdpActive) for event in told)


def test_two_probes_come_before_what_ends_a_prompt():
    async def scene(modem, script):
        written = []
        script.write = lambda data: written.append((modem.now_ms(), bytes(data)))
        with pytest.raises(errors.ModemSilent):
            await modem.power_on()
        begun_ms = written[0][0]
        first = [(at_ms - begun_ms, data) for at_ms, data in written[:3]]
        assert [data for _, data in first] == [b"AT\r", b"ATQ0V1\r", b"\x1b+++\r"]
        assert 800 <= first[1][0] <= 850
        assert 1600 <= first[2][0] <= 1700
        assert all(len(data) < 1500 for _, data in written)  # there is a key

    play(scene, Dead())


def test_without_a_key_a_counted_prompt_is_filled_once():
    async def scene(modem, script):
        script.power_key = None
        written = []
        script.write = lambda data: written.append(bytes(data))
        with pytest.raises(errors.ModemSilent):
            await modem.power_on()
        pieces = [data for data in written if len(data) > 20]
        # In pieces: a board's heap may have no 1,500 bytes in a row.
        assert b"".join(written).count(b"\x1b" * 1500 + b"\r") == 1
        assert max(len(piece) for piece in pieces) <= 250

    play(scene, Dead())
