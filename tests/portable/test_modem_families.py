"""What each family does with results that are short, late, odd or refused; literal lines.

The bytes come from the vendors' manuals; nothing of the driver's grammar is used to make them.
"""

import asyncio

import nce_modem
from nce_modem import errors
from nce_modem.at.events import Urc
from nce_modem.families.family import CLOSED, CONTEXT_LOST, DATA
from nce_modem.radio import commands
from test_modem_session import ScriptedModem, play, raised
from test_modem_sockets import ERROR, OK, PEER, at_once, attached

# Family, prefix and text of an unsolicited result -> what it comes down to.
NOTICES = (
    ("BG95", "+QIURC", '"recv",3', (DATA, 3)),
    ("BG95", "+QIURC", '"recv",3,12', (DATA, 3)),
    ("BG95", "+QIURC", '"closed",3', (CLOSED, 3)),
    ("BG95", "+QIURC", '"pdpdeact",1', (CONTEXT_LOST, 1)),
    ("BG95", "+QIURC", '"recv"', None),
    ("BG95", "+QIURC", '"recv",x', None),
    ("BG95", "+QIURC", '"incoming full"', None),
    ("BG95", "+QIURC", '"incoming",3', None),
    ("BG95", "+QIND", '"recv",3', None),
    ("SIM7080", "+CADATAIND", "3", (DATA, 3)),
    ("SIM7080", "+CANEW", '3,0,"192.0.2.1",7', (DATA, 3)),
    ("SIM7080", "+CASTATE", "3,0", (CLOSED, 3)),
    ("SIM7080", "+CASTATE", "3,1", None),
    ("SIM7080", "+APP PDP", "0,DEACTIVE", (CONTEXT_LOST, 0)),
    ("SIM7080", "+APP PDP", "0,ACTIVE", None),
    ("SIM7080", "+CADATAIND", "", None),
    ("SIM7000", "+CIPRXGET", "1,3", (DATA, 3)),
    ("SIM7000", "+CIPRXGET", "1,3,192.0.2.1:7", (DATA, 3)),
    ("SIM7000", "+CIPRXGET", "2,3", None),
    ("SIM7000", "+CIPRXGET", "1", None),
    ("SIM7000", "+PDP", "DEACT", (CONTEXT_LOST, 0)),
    ("SIM7000", "3, CLOSED", "", (CLOSED, 3)),
    ("SIM7000", "3, CONNECT OK", "", None),
    ("SIM7000", "CLOSED", "", None),
    ("SARA_R410", "+UUSORD", "3,12", (DATA, 3)),
    ("SARA_R410", "+UUSORF", "3,12", (DATA, 3)),
    ("SARA_R410", "+UUSOCL", "3", (CLOSED, 3)),
    ("SARA_R410", "+UUPSDD", "0", (CONTEXT_LOST, 0)),
    ("SARA_R410", "+UUSORD", "", None),
    ("SARA_R410", "+UUPSDA", "3", None),
    ("SARA_R410", "+CGEV", "NW PDN DEACT 1", (CONTEXT_LOST, 1)),
    ("SARA_R410", "+CGEV", "NW DETACH", (CONTEXT_LOST, 1)),
    ("SARA_R410", "+CGEV", "ME PDN ACT 1", None),
    ("GM02S", "+SQNSRING", "3,12", (DATA, 3)),
    ("GM02S", "+SQNSH", "3", (CLOSED, 3)),
    ("GM02S", "+SQNSRING", "", None),
    ("GM02S", "+CGEV", "NW DETACH", (CONTEXT_LOST, 1)),
    ("GM02S", "+CGEV", "ME PDN ACT 1", None),
    ("NRF91", "#XAPOLL", "3,1", (DATA, 3)),
    ("NRF91", "#XAPOLL", "3,5", (DATA, 3)),
    ("NRF91", "#XAPOLL", "3,4", None),
    ("NRF91", "#XAPOLL", "3", None),
    ("EC25", "+QIURC", '"recv",3', (DATA, 3)),
    ("A76XX", "+CIPRXGET", "1,7", (DATA, 7)),
    ("A76XX", "+CIPRXGET", "1", None),
    ("A76XX", "+CIPRXGET", "1,x", None),
    ("A76XX", "+CIPRXGET", "4,7", None),
    ("A76XX", "+IPCLOSE", "3,1", (CLOSED, 3)),
    ("A76XX", "+IPCLOSE", "", None),
    ("A76XX", "+CIPEVENT", "NETWORK CLOSED UNEXPECTEDLY", (CONTEXT_LOST, 1)),
    ("A76XX", "+CIPCLOSE", "3,0", None),
    ("NRF91", "#XAPOLL", "x,1", None),
    ("NRF91", "#XAPOLL", "3,x", None),
    ("NRF91", "#XRECV", "3,1", None),
    ("NRF91", "+CGEV", "NW PDN DEACT 0", (CONTEXT_LOST, 0)),
    ("NRF91", "+CGEV", "ME PDN DEACT 0", (CONTEXT_LOST, 0)),
    ("NRF91", "+CGEV", "ME PDN ACT 0", None),
)

# Maker -> what restricts radio access and bands, by each maker's AT manual.
CHOICES = (
    ("BG95", ("GSM",), (), ['AT+QCFG="nwscanmode",1,1', 'AT+QCFG="nwscanseq",01,1']),
    ("BG95", ("NB-IoT",), (), [
        'AT+QCFG="nwscanmode",3,1', 'AT+QCFG="nwscanseq",03,1', 'AT+QCFG="iotopmode",1,1']),
    ("BG95", ("NB-IoT", "LTE-M"), (), [
        'AT+QCFG="nwscanmode",3,1', 'AT+QCFG="nwscanseq",0302,1', 'AT+QCFG="iotopmode",2,1']),
    ("BG95", ("LTE-M", "GSM"), (20,), [
        'AT+QCFG="nwscanmode",0,1', 'AT+QCFG="nwscanseq",0201,1', 'AT+QCFG="iotopmode",0,1',
        'AT+QCFG="band",F,80000,80000,1']),
    ("SIM7080", ("GSM",), (), ["AT+CNMP=13"]),
    ("SIM7080", ("LTE-M",), (), ["AT+CNMP=38", "AT+CMNB=1"]),
    ("SIM7080", ("LTE-M", "NB-IoT"), (), ["AT+CNMP=38", "AT+CMNB=3"]),
    ("SIM7080", ("GSM", "LTE-M"), (), ["AT+CNMP=51", "AT+CMNB=1"]),
    ("SIM7080", (), (8,), ['AT+CBANDCFG="CAT-M",8', 'AT+CBANDCFG="NB-IOT",8']),
    ("SARA_R5", (), (1, 8), ["AT+UBANDMASK=0,129", "AT+UBANDMASK=1,129"]),
    ("EC25", ("LTE",), (), ['AT+QCFG="nwscanmode",3,1']),
    ("EC25", ("UMTS",), (3, 20), ['AT+QCFG="nwscanmode",2,1', 'AT+QCFG="band",0,80004,0,1']),
    ("EC25", ("GSM", "UMTS", "LTE"), (), ['AT+QCFG="nwscanmode",0,1']),
    # The manual's own example: bands 1, 3, 8, 20 and 31 are 0X0000000040080085.
    ("A76XX", ("LTE",), (1, 3, 8, 20, 31),
     ["AT+CNMP=38", "AT+CNBP=0XFFFFFFFF7FFFFFFF,0X0000000040080085"]),
    ("A76XX", ("GSM",), (), ["AT+CNMP=13"]),
    ("SIM7600", ("UMTS",), (), ["AT+CNMP=14"]),
    ("SIM7600", ("LTE", "GSM", "UMTS"), (), ["AT+CNMP=2"]),
    ("SARA_R410", ("NB-IoT", "GSM"), (20,), ["AT+URAT=8,9", "AT+UBANDMASK=1,524288"]),
    ("NRF91", ("NB-IoT",), (), ["AT%XSYSTEMMODE=0,1,0,0"]),
    ("NRF91", (), (1, 88), ['AT%XBANDLOCK=1,"1' + "0" * 86 + '1"']),
    ("GM02S", ("NB-IoT",), (), ["AT+SQNMODEACTIVE=2"]),
    ("GM02S", (), (3, 20), [
        'AT+SQNBANDSEL=0,"standard","3,20"', 'AT+SQNBANDSEL=1,"standard","3,20"']),
    ("EC25", (), (1,), ['AT+QCFG="band",0,1,0,1']),
    ("A76XX", (), (1,), ["AT+CNBP=0XFFFFFFFF7FFFFFFF,0X0000000000000001"]),
    ("BG95", (), (), []),
)  # fmt: skip

# Family, model, answers -> what opens its listening port, in order.
LISTENING = (
    ("SIM7080", "SIMCOM_SIM7080G", {'AT+CASERVER=0,0,"UDP",5683': "\r\n+CASERVER: 0,0\r\n" + OK},
     ("AT+CACID=0", 'AT+CASERVER=0,0,"UDP",5683')),
    ("SIM7000", "SIMCOM_SIM7000G",
     {'AT+CIPSTART=0,"UDP","127.0.0.1",9': OK + "\r\n0, CONNECT OK\r\n"},
     ("AT+CIPSRIP=1", "AT+CIPUDPMODE=0,1", 'AT+CLPORT=0,"UDP",5683',
      'AT+CIPSTART=0,"UDP","127.0.0.1",9')),
    ("SARA_R410", "SARA-R410M-02B", {}, ("AT+USOCR=17", "AT+USOLI=3,5683")),
    ("GM02S", "GM02S", {},
     ("AT+SQNSCFG=1,1,300,0,600,50", "AT+SQNSCFGEXT=1,1,0,0,0,0",
      'AT+SQNSD=1,1,1,"0.0.0.0",0,5683,1,2,0')),
    ("NRF91", "nRF9151-LACA", {},
     ("AT#XSOCKET=1,2,0", "AT#XBIND=2,5683", "AT#XSOCKETOPT=2,1,21,20", "AT#XAPOLL=2,1,1")),
    ("NRF91", "nRF9160-SICA", {}, ("AT#XSOCKET=1,2,0", "AT#XBIND=5683")),
)  # fmt: skip

# Family, model, what it is asked to open, answers that say nothing -> how often it is asked.
LOST_NUMBERS = (
    ("SARA_R410", "SARA-R410M-02B", "AT+USOCR=17"),
    ("NRF91", "nRF9151-LACA", "AT#XSOCKET=1,2,0"),
    ("NRF91", "nRF9160-SICA", "AT#XSOCKET=1,2,0"),
)


def test_every_unsolicited_result_comes_down_to_what_it_means():
    for name, prefix, text, expected in NOTICES:
        found = getattr(nce_modem, name).notice(Urc(prefix, text, b"payload"))
        assert (found and found[:2]) == expected, (name, prefix, text, found)
        if name in ("BG95", "EC25") and found:
            assert found[2] == b"payload"
        elif found:
            assert found[2] is None


def test_every_maker_restricts_the_search_in_its_own_words():
    for name, rats, bands, expected in CHOICES:
        found = commands(getattr(nce_modem, name).profile.radio, rats, bands)
        assert found == expected, (name, found)
    for rats, bands, word in (
        (("LTE",), (), "'LTE'"), ((), (0,), "0"), ((), (89,), "89"), ((), ("8",), "'8'"),
    ):  # fmt: skip
        try:
            commands("quectel", rats, bands)
        except errors.UsageError as error:
            assert word in str(error), error
        else:
            raise AssertionError((rats, bands))
    for radio, rats, bands, word in (
        ("quectel_cat1", ("LTE-M",), (), "use one of LTE, UMTS, GSM"),
        ("simcom_cat1", ("LTE", "GSM"), (), "one radio access or all"),
        ("simcom_cat1", (), (44,), "numbers from 1 to 43"),
        ("nordic", ("GSM",), (), "use one of LTE-M, NB-IoT"),
    ):
        try:
            commands(radio, rats, bands)
        except errors.UsageError as error:
            assert word in str(error), error
        else:
            raise AssertionError((radio, rats, bands))
    try:
        commands("", ("LTE-M",), ())
    except errors.UsageError as error:
        assert "no commands" in str(error)
    else:
        raise AssertionError


def test_every_family_listens_on_the_port_that_is_asked_for():
    async def scene(name, model, answers, expected):
        modem, script = await attached(name, model, answers.items())
        before = len(script.seen)
        await modem.open_unconnected(5683)
        assert script.seen[before:] == list(expected), (name, model, script.seen[before:])
        await modem.close()

    at_once(scene, LISTENING)


def test_a_sim7080_shows_senders_only_while_a_socket_without_peer_is_read():
    async def scene():
        serving = ('AT+CASERVER=0,0,"UDP",5683', "\r\n+CASERVER: 0,0\r\n" + OK)
        modem, script = await attached("SIM7080", "SIMCOM_SIM7080G", (serving,))
        before = len(script.seen)
        server = await modem.open_unconnected(5683)
        script.answers['AT+CAOPEN=1,0,"UDP","%s",%d' % PEER] = "\r\n+CAOPEN: 1,0\r\n" + OK
        port = await modem.open_datagram(*PEER)
        for awaitable in (server.receive(0), server.receive(0), port.receive(0), port.receive(0)):
            assert await awaitable is None
        server.on_data(None)
        assert await server.receive(0) is None
        shown = [line for line in script.seen[before:] if str(line).startswith("AT+CASRIP")]
        assert shown == ["AT+CASRIP=1", "AT+CASRIP=0", "AT+CASRIP=1"], shown
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_an_id_of_a_sim7000_leaves_the_mode_of_its_last_owner():
    async def scene():
        starting = 'AT+CIPSTART=0,"UDP","%s",%d'
        answers = [
            (starting % (host, port), OK + "\r\n0, CONNECT OK\r\n")
            for host, port in (("127.0.0.1", 9), PEER)
        ]
        modem, script = await attached("SIM7000", "SIMCOM_SIM7000G", answers)
        server = await modem.open_unconnected(5683)
        await server.close()
        for expected in (1, 0):
            before = len(script.seen)
            port = await modem.open_datagram(*PEER)
            left = [line for line in script.seen[before:] if line == "AT+CIPUDPMODE=0,0"]
            await port.close()
            assert len(left) == expected, script.seen[before:]
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_modem_that_was_not_asked_for_its_family_opens_and_resolves_nothing():
    async def scene():
        script = ScriptedModem()
        modem = nce_modem.Modem(script)
        await raised(errors.LineClosed, modem.open_datagram(*PEER))
        await raised(errors.LineClosed, modem.resolve("a.example"))
        await modem.link.open(script)
        for awaitable in (modem.open_datagram(*PEER), modem.resolve("a.example")):
            error = await raised(errors.UsageError, awaitable)
            assert "not known yet" in str(error)
        assert script.commands == []
        await modem.close()

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_an_open_that_lost_its_number_is_tried_again():
    async def scene(name, model, command):
        modem, script = await attached(name, model)
        whole = script.answers[command]
        script.answers[command] = [OK, whole]
        await modem.open_datagram(*PEER)
        assert script.seen.count(command) == 2, name
        script.answers[command] = OK
        before = script.seen.count(command)
        error = await raised(errors.OpenFailed, modem.open_datagram(*PEER))
        assert error.code is None and script.seen.count(command) == before + 3, (name, error)
        await modem.close()

    at_once(scene, LOST_NUMBERS)


def test_an_open_that_is_refused_with_a_number_says_it():
    async def scene(name, model, command):
        modem, script = await attached(name, model)
        # Where the modem picks the number and none of ours is open, all are an earlier owner's:
        # they are closed, and it is tried again.
        tries = 1 if name == "GM02S" else 3
        whole = script.answers.get(command, OK)
        script.answers[command] = "\r\n+CME ERROR: 4\r\n"
        error = await raised(errors.OpenFailed, modem.open_datagram(*PEER))
        assert error.code == 4 and script.seen.count(command) == tries, (name, error)
        script.answers[command] = whole
        await modem.open_datagram(*PEER)
        script.answers[command] = "\r\n+CME ERROR: 4\r\n"
        if name != "GM02S":
            await raised(errors.OpenFailed, modem.open_datagram(*PEER))
            assert script.seen.count(command) == tries + 2, name
        await modem.close()

    at_once(scene, LOST_NUMBERS + (("GM02S", "GM02S", 'AT+SQNSD=1,1,4445,"10.60.2.239",0,0,1'),))


def test_an_open_of_a_sim7000_that_was_there_already_closes_it_first():
    async def scene(word, tries):
        opening = 'AT+CIPSTART=0,"UDP","10.60.2.239",4445'
        more = ((opening, [OK + "\r\n0, %s\r\n" % word, OK + "\r\n0, CONNECT OK\r\n"]),)
        modem, script = await attached("SIM7000", "SIMCOM_SIM7000G", more)
        await modem.open_datagram(*PEER)
        assert script.seen.count(opening) == tries, word
        assert script.seen.count("AT+CIPCLOSE=0") == tries - 1, word
        await modem.close()

    at_once(scene, (("ALREADY CONNECT", 2), ("CONNECT FAIL", 2), ("CONNECT OK", 1)))


def test_an_open_of_a_sim7080_survives_a_broken_result():
    async def scene(result, code, tries):
        opening = 'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445'
        modem, script = await attached("SIM7080", "SIMCOM_SIM7080G", ((opening, result),))
        if code:
            error = await raised(errors.OpenFailed, modem.open_datagram(*PEER))
            assert error.code == code, error
        else:
            await modem.open_datagram(*PEER)
        assert script.seen.count(opening) == tries, result
        await modem.close()

    at_once(
        scene,
        (
            # Half of it, another's, then its own.
            ("\r\n+CAOPEN: 0\r\n\r\n+CAOPEN: 1,9\r\n\r\n+CAOPEN: 0,0\r\n" + OK, 0, 1),
            (ERROR, 27, 1),
            ("\r\n+CAOPEN: 0,2\r\n" + OK, 2, 1),
            ("\r\n+CAOPEN: 0,4\r\n" + OK, 4, 3),
        ),
    )


# Family, model; what configures its own IP stack when that differs; what it says when it agrees.
CONTEXTS = (
    ("SIM7080", "SIMCOM_SIM7080G", "AT+CNCFG?", '\r\n+CNCFG: 0,1,"iot.1nce.net","","",0\r\n',
     '\r\n+CNCFG: 0,1,"other","","",0\r\n', 'AT+CNCFG=0,1,"iot.1nce.net"'),
)  # fmt: skip


def test_a_context_of_its_own_is_written_when_it_differs():
    async def scene(name, model, asked, same, other, written):
        for answer, count in ((same, 0), (other, 1), ("", 1)):
            modem, script = await attached(name, model, ((asked, answer + OK),))
            assert script.seen.count(written) == count, (name, answer)
            await modem.close()

    at_once(scene, CONTEXTS)


def test_a_quectel_context_is_written_when_it_differs():
    for answer, count in (
        ('\r\n+QICSGP: 1,"iot.1nce.net","","",0\r\n' + OK, 0),
        ('\r\n+QICSGP: 1,"other","","",0\r\n' + OK, 1),
        (OK, 1),
    ):
        script = ScriptedModem()
        script.answers["AT+QICSGP=1"] = answer

        async def scene(modem, script, count=count):
            await modem.attach()
            assert script.count('AT+QICSGP=1,1,"iot.1nce.net","","",0') == count

        play(scene, script)


def test_a_sara_r5_maps_and_activates_its_profile_unless_it_is_active():
    activation = "AT+UPSD=0,0,0;+UPSD=0,100,1;+UPSDA=0,3"
    activated = OK + '\r\n+UUPSDA: 0,"10.160.0.7"\r\n'

    async def scene(state, answer, times):
        more = (("AT+UPSND=0,8", state), (activation, answer))
        modem, script = await attached("SARA_R410", "SARA-R510S", more)
        found = [line for line in script.seen if line.startswith("AT+UPSD")]
        assert found == [activation] * times, (state, answer)
        assert modem.address == "10.160.0.7" and modem.family is nce_modem.SARA_R5
        await modem.close()

    at_once(
        scene,
        (
            ("\r\n+UPSND: 0,8,1\r\n" + OK, activated, 0),
            ("\r\n+UPSND: 0,8,0\r\n" + OK, activated, 1),
            (OK, activated, 1),
            (ERROR, activated, 1),
            # Neither the unsolicited result nor the state tells of it: once more, then on.
            ("\r\n+UPSND: 0,8,0\r\n" + OK, OK, 2),
        ),
    )


def test_a_sequans_that_refuses_to_say_what_it_holds_holds_nothing():
    async def scene(answer):
        modem, script = await attached("GM02S", "GM02S", (("AT+SQNSI=1", answer),))
        port = await modem.open_datagram(*PEER)
        assert await port.receive(0) is None
        assert not [line for line in script.seen if line.startswith("AT+SQNSRECV")], answer
        await modem.close()

    at_once(
        scene,
        ((ERROR,), (OK,), ("\r\n+SQNSI: 1,8\r\n" + OK,), ("\r\n+SQNSI: 1,8,8,0,0\r\n" + OK,)),
    )


def test_the_last_error_is_told_in_the_makers_words():
    async def ask(modem):
        return await modem.family.last_error(modem.link)

    async def scene(name, model, more, expected):
        modem, _ = await attached(name, model, more)
        assert await ask(modem) == expected, name
        await modem.close()

    at_once(
        scene,
        (
            ("SARA_R410", "SARA-R410M-02B", (("AT+USOER", "\r\n+USOER: 11\r\n" + OK),), "11"),
            ("SARA_R410", "SARA-R410M-02B", (("AT+USOER", ERROR),), ""),
            ("GM02S", "GM02S", (), ""),
        ),
    )

    async def quectel(modem, script):
        await modem.power_on()
        script.answers["AT+QIGETERROR"] = (
            "\r\n+QIGETERROR: 561,Failed to open PDP context\r\n" + OK
        )
        assert await ask(modem) == "561,Failed to open PDP context"
        script.answers["AT+QIGETERROR"] = ERROR
        assert await ask(modem) == ""

    play(quectel)


def test_a_late_result_of_a_send_is_nobodys():
    told = []

    async def scene(modem, script):
        await modem.attach()
        port = await modem.open_datagram(*PEER)
        del told[:]
        script.say("\r\nSEND OK\r\n")
        await asyncio.sleep(0.05)
        assert [event.line for event in told] == ["ignored, orphan: SEND OK"]
        await port.send(b"x")
        assert script.datagrams == [b"x"]

    play(scene, on_event=told.append)


def test_a_line_that_is_not_open_takes_nothing():
    async def scene(modem, script):
        for _ in range(2):
            await raised(errors.LineClosed, modem.link.write(b"x", "one byte"))
            await raised(errors.LineClosed, modem.family.ask(modem.link, "AT"))
            await modem.power_on()
            await modem.close()
            assert not modem.link.is_open and not modem.is_ready

    play(scene)
