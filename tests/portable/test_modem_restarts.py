"""Restarts, refusals while setting up, and a network that changes its mind: what is done again."""

import asyncio

import nce_modem
from nce_modem import Modem, errors, progress
from nce_modem.at import command as at_command
from nce_modem.detect import ANYONE
from test_modem_session import ADDRESS, ANSWERS, QUICK, ScriptedModem, play, raised

OK = "\r\nOK\r\n"
ERROR = "\r\nERROR\r\n"
RESTART = "\r\nRDY\r\n"


def test_a_set_up_that_is_refused_three_times_ends_in_the_refusal():
    async def scene(modem, script):
        script.answers["AT+CMEE=1"] = ERROR
        error = await raised(errors.CommandFailed, modem.power_on())
        assert "AT+CMEE" in str(error), error
        assert script.count("AT+CMEE=1") == 3 and script.count("ATQ0V1E0") == 3
        assert not modem.is_ready and modem.model is None
        assert script.pulses == 0  # it answers: its key would not help
        del script.answers["AT+CMEE=1"]
        await modem.power_on()
        assert modem.is_ready and modem.model == "BG95-M3"

    play(scene)


def test_a_modem_that_keeps_restarting_while_it_is_set_up_ends_in_modem_reset():
    async def scene(modem, script):
        script.answers["AT+CMEE=1"] = RESTART
        await raised(errors.ModemReset, modem.power_on())
        assert script.count("AT+CMEE=1") == 3 and not modem.is_ready
        assert modem.generation == 3
        # Attaching powers on three times, three tries each, and says the same.
        await raised(errors.ModemReset, modem.attach())
        assert script.count("AT+CMEE=1") == 3 + 9
        del script.answers["AT+CMEE=1"]
        await modem.attach()
        assert modem.address == ADDRESS

    play(scene)


def test_what_may_fail_in_the_set_up_is_passed_over_and_a_second_try_is_enough():
    async def scene(modem, script):
        for text in QUICK.profile.setup:
            if text[0] == "?":
                script.answers[text[1:]] = ERROR
        script.answers["AT+CEREG=2"] = [ERROR, OK]
        await modem.power_on()
        assert modem.is_ready and script.count("AT+CEREG=2") == 2

    play(scene)


def test_asking_who_is_there_ends_after_three_restarts():
    async def scene():
        script = ScriptedModem(ATQ0V1=OK)
        script.answers["AT+CGMI"] = RESTART
        modem = Modem(script)
        await raised(errors.ModemReset, modem.power_on())
        assert script.count("AT+CGMI") == 3 and modem.family is ANYONE and not modem.is_ready
        script.answers["AT+CGMI"] = "\r\nQuectel\r\nBG95-M3\r\n" + OK
        await modem.power_on()
        assert modem.family is nce_modem.BG95
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_restart_ends_the_wait_for_an_unsolicited_result_at_once():
    async def scene(modem, script):
        await modem.attach()
        # The command's own OK is there; what is awaited would come in up to 150 s.
        for awaited, start in (
            (lambda: modem.open_datagram("10.60.2.239", 4445), "AT+QIOPEN=1,0"),
            (lambda: modem.resolve("a.example"), "AT+QIDNSGIP=1"),
        ):
            full = (
                'AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,0'
                if "QIOPEN" in start
                else 'AT+QIDNSGIP=1,"a.example"'
            )
            script.answers[full] = OK
            waiting = asyncio.create_task(raised(errors.ModemReset, awaited()))
            while not script.count(start):
                await asyncio.sleep(0.01)
            await asyncio.sleep(0.03)
            assert not waiting.done()
            script.say(RESTART)
            error = await asyncio.wait_for(waiting, 2)
            assert "RDY" in str(error) or "restarted" in str(error), error
            assert not modem.sockets and not modem.is_ready
            await modem.attach()
        del script.answers['AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,0']
        # What was awaited before is nobody's now.
        port = await modem.open_datagram("10.60.2.239", 4445)
        await port.send(b"hello")
        assert script.datagrams == [b"hello"]

    play(scene)


def test_the_end_of_the_line_ends_the_wait_for_an_unsolicited_result():
    async def scene(modem, script):
        await modem.attach()
        script.answers['AT+QIDNSGIP=1,"a.example"'] = OK
        waiting = asyncio.create_task(raised(errors.LineClosed, modem.resolve("a.example")))
        while not script.count("AT+QIDNSGIP"):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.03)
        script.vanish()
        await asyncio.wait_for(waiting, 2)

    play(scene)


def test_what_a_family_remembers_of_a_modem_goes_with_its_restart():
    async def scene(modem, script):
        await modem.attach()
        choice = ('AT+QCFG="nwscanmode",3,1', 'AT+QCFG="nwscanseq",02,1')
        assert [script.commands.count(text) for text in choice] == [1, 1]
        modem.link.memory["rai"] = True
        await modem.attach()  # the same run of the modem: chosen already
        assert [script.commands.count(text) for text in choice] == [1, 1]
        assert modem.link.memory == {"radio": True, "rai": True}
        script.say(RESTART)
        while modem.is_ready:
            await asyncio.sleep(0.01)
        assert modem.link.memory == {}
        await modem.attach()
        assert [script.commands.count(text) for text in choice] == [2, 2]
        # With the radio off, and before it is switched on.
        first = script.commands.index(choice[0])
        assert "AT+CFUN=4" in script.commands[:first]
        assert script.commands.index("AT+CFUN?") > first

    play(scene, rats=("LTE-M",))


def test_a_device_that_was_thrown_out_is_registered_again_before_the_bearer_is_blamed():
    told = []

    async def scene(modem, script):
        registered, active = ANSWERS["AT+CEREG?"], ANSWERS["AT+QIACT?"]
        searching = "\r\n+CEREG: 2,2\r\n" + OK
        script.answers["AT+CGREG?"] = script.answers["AT+CREG?"] = ERROR
        # Registered, then found to be out when the context was refused, then in again.
        script.answers["AT+CEREG?"] = [registered, searching, searching, registered]
        script.answers["AT+QIACT?"] = [OK, active]
        script.answers["AT+QIACT=1"] = ["\r\n+CME ERROR: 30\r\n"]
        attaching = asyncio.create_task(modem.attach())
        while script.count("AT+CEREG?") < 3:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        script.say("\r\n+CEREG: 5\r\n")
        await attaching
        assert modem.address == ADDRESS
        assert script.count("AT+CEREG?") == 4
        assert script.count("AT+CFUN=4") == 0 and script.pulses == 0
        assert modem.pace.bearer_failures == modem.pace.failures == 0
        stats = [event.stat for event in told if isinstance(event, progress.Registered)]
        assert stats == [5, 5], told

    play(scene, on_event=told.append, limits_ms={"pdp": 400})


def test_an_unsolicited_state_of_before_is_not_believed_when_the_bearer_fails():
    async def scene(modem, script):
        # A domain said once that it is registered, and is not there to be asked; what is asked
        # says that it searches.
        for domain in ("CGREG", "CREG"):
            script.answers["AT+%s?" % domain] = ERROR
        script.answers["AT+CEREG?"] = "\r\n+CEREG: 2,2\r\n" + OK
        script.answers["AT+QIACT?"] = OK
        script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 3\r\n"
        await modem.power_on()
        script.say("\r\n+CGREG: 5\r\n")
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "registration" and error.evidence.startswith("+CEREG 2 "), error
        assert script.count("AT+QIACT=1") == 1 and modem.pace.bearer_failures == 0

    play(scene, limits_ms={"registration": 300})


def test_a_network_that_throws_out_again_and_again_is_believed_once():
    async def scene(modem, script):
        registered = ANSWERS["AT+CEREG?"]
        searching = "\r\n+CEREG: 2,2\r\n" + OK
        script.answers["AT+CGREG?"] = script.answers["AT+CREG?"] = ERROR
        script.answers["AT+CEREG?"] = [registered, searching] * 20
        script.answers["AT+QIACT?"] = OK
        script.answers["AT+QIACT=1"] = "\r\n+CME ERROR: 3\r\n"
        error = await raised(errors.AttachError, modem.attach())
        assert error.step == "pdp", error
        assert script.count("AT+QIACT=1") == 2 and modem.pace.bearer_failures == 1

    play(scene)


def test_a_command_has_its_time_by_name_and_form():
    timeouts = {"+COPS": 1000, "+COPS=?": 2000, "+QIACT=": 3000, "#XSEND": 4000}
    family = QUICK.changed(timeouts=timeouts)
    for text, timeout_ms in (
        ("AT+COPS?", 1000),
        ("AT+COPS=0", 1000),
        ("AT+COPS=?", 2000),
        ("AT+QIACT=1", 3000),
        ("AT+QIACT?", 5000),
        ('AT#XSEND=1,2,"a"', 4000),
        ("AT", 5000),
    ):
        assert family.command(text).timeout_ms == timeout_ms, text
        assert family.command(text, timeout_ms=7).timeout_ms == 7
    assert at_command.Command("AT").timeout_ms == 5000
