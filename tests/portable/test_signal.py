"""Signal, cell and clock out of lines of real modems (where said so), and by the tables."""

import nce_modem.cells
import nce_modem.network_time
import nce_modem.registering
import nce_modem.signal
from nce_modem.at import syntax
from test_modem_session import ScriptedModem, play

access_name = nce_modem.registering.access_name
cells = nce_modem.cells
network_time = nce_modem.network_time
signal = nce_modem.signal


def fields(line):
    return syntax.fields(syntax.split_prefix(line)[1])


# TS 27.007, 8.5 and 8.69, by their own tables.
CSQ = ((0, -113), (1, -111), (15, -83), (30, -53), (31, -51), (99, None), (32, None))
CESQ = (
    ("99,99,255,255,20,80", -61, -10),  # ModemManager's vector
    ("99,99,255,255,0,0", -141, -20),
    ("99,99,255,255,34,97", -44, -3),
    ("99,99,255,255,255,255", None, None),
    ("99,99,255,255", None, None),
)


def test_csq_is_dbm():
    for value, dbm in CSQ:
        assert signal.from_csq([str(value), "99"]).rssi_dbm == dbm, value


def test_cesq_is_rsrp_and_rsrq():
    for text, rsrp, rsrq in CESQ:
        found = signal.from_cesq(text.split(","))
        assert (found.rsrp_dbm, found.rsrq_db) == (rsrp, rsrq), text
        assert found.rssi_dbm is None


def test_vendors_own_answers_are_read():
    # Made up in the documented shape.
    found = signal.from_qcsq(fields('+QCSQ: "CAT-M1",-52,-81,195,-10'))
    assert found == signal.Signal(-52, -81, -10, 19)
    assert signal.from_qcsq(fields('+QCSQ: "NOSERVICE"')) == signal.NOTHING
    assert signal.from_qcsq(fields('+QCSQ: "GSM",-70')).rssi_dbm == -70
    # 1NCE's SIM7000 guide, NB-IoT and GSM.
    line = (
        "+CPSI: LTE NB-IOT,Online,262-01,0xE2A4,37356039,446,EUTRAN-BAND8,3740,0,0,-3,-100,-96,15"
    )
    # The last field is RSSNR, and SINR is 2 RSSNR - 20 dB (SIM7080's manual).
    assert signal.from_cpsi(fields(line)) == signal.Signal(-96, -100, -3, 10)
    line = "+CPSI: GSM,Online,262-01,0x972d,5559,79 EGSM 900,-83,0,24-24"
    assert signal.from_cpsi(fields(line)) == signal.NOTHING
    line = '%XMONITOR: 1,"EDAV","EDAV","26295","00B7",7,4,"00011B07",7,2300,63,39,'
    line += '"", "11100000","11100000"'
    assert signal.from_xmonitor(fields(line)) == signal.Signal(None, -77, None, 15)


def test_short_and_garbled_answers_are_unknown():
    for read in (signal.from_csq, signal.from_cesq, signal.from_qcsq, signal.from_cpsi):
        for values in ([], [""], ["x"] * 14, ["-"] * 3):
            assert read(values).rsrp_dbm is None
    assert signal.from_xmonitor([]) == signal.NOTHING


def test_signal_has_a_word():
    for rsrp, word in ((-80, "excellent"), (-100, "good"), (-110, "fair"), (-120, "weak")):
        assert signal.words(signal.Signal(None, rsrp, None, None)) == word
    assert signal.words(signal.Signal(None, -130, None, None)) == "very weak"
    assert signal.words(signal.NOTHING) == "unknown"
    assert signal.words(signal.Signal(-60, None, None, None)) == "excellent"


def test_operator_is_read_in_numbers_only():
    assert cells.operator(fields('+COPS: 0,2,"26201",7')) == ("262", "01")
    assert cells.operator(fields('+COPS: 0,2,"310410",7')) == ("310", "410")
    assert cells.operator(fields('+COPS: 0,0,"Telekom.de",7')) == ("", "")
    assert cells.operator(fields("+COPS: 0")) == ("", "")
    for name in ("26201x", "2620", "2620100", "", "abcde"):
        assert cells.operator(["0", "2", name]) == ("", ""), name
    assert cells.operator(["0", "1", "26201"]) == ("", "")
    assert cells.hexadecimal("00B7") == 183
    assert cells.hexadecimal("") is None


CLOCKS = (
    # nRF9160 log of TinyGSM 486: +36 quarters is nine hours.
    ('"21/01/27,07:30:39+36"', (2021, 1, 27, 7, 30, 39, 36)),
    ("26/03/01,01:00:00-04", (2026, 3, 1, 1, 0, 0, -4)),
    ('"2026/03/01,01:00:00"', (2026, 3, 1, 1, 0, 0, 0)),
    ('"80/01/06,00:00:25+00"', (1980, 1, 6, 0, 0, 25, 0)),
    ('"70/01/01,00:00:25+00"', (1970, 1, 1, 0, 0, 25, 0)),
    ('"04/01/01,00:20:55+00"', (2004, 1, 1, 0, 20, 55, 0)),
)
NO_CLOCKS = (
    "",
    '""',
    '"26/13/01,00:00:00"',
    '"26/01/01,25:00:00"',
    '"26/01/01"',
    '"a/b/c,d:e:f+g"',
)


def test_clocks_are_read_and_unset_ones_are_seen_through():
    for text, values in CLOCKS:
        time = network_time.parse(text)
        assert time == network_time.NetworkTime(*values), text
        assert network_time.is_plausible(time) == (time.year >= 2025)
    for text in NO_CLOCKS:
        assert network_time.parse(text) is None, text
    assert not network_time.is_plausible(None)


def test_every_step_of_a_scale_is_read_and_nothing_beyond_it():
    # TS 27.007, 8.69: <rxlev> 0 to 63, <rsrq> 0 to 34, <rsrp> 0 to 97.
    for field, last, first_level, step in ((0, 63, -111, 1), (4, 34, -20, 0.5), (5, 97, -141, 1)):
        for value in range(-1, last + 2):
            values = ["99", "99", "255", "255", "255", "255"]
            values[field] = str(value)
            found = signal.from_cesq(values)
            known = {0: found.rssi_dbm, 4: found.rsrq_db, 5: found.rsrp_dbm}
            level = known.pop(field)
            expected = first_level + value * step if 0 <= value <= last else None
            assert level == expected, (field, value)
            assert list(known.values()) == [None, None]
    # Nordic's %XMONITOR: RSRP as above, 140 below; SNR 0 to 49, 24 below.
    for value in (-1, 0, 1, 49, 50, 97, 98):
        found = signal.from_xmonitor(["1"] + [""] * 9 + [str(value)] * 2)
        assert found.rsrp_dbm == (value - 140 if 0 <= value <= 97 else None), value
        assert found.sinr_db == (value - 24 if 0 <= value <= 49 else None), value


def test_the_words_change_where_the_table_says():
    for level, word in (
        (-89, "excellent"), (-90, "excellent"), (-91, "good"), (-105, "good"), (-106, "fair"),
        (-115, "fair"), (-116, "weak"), (-125, "weak"), (-126, "very weak"),
    ):  # fmt: skip
        assert signal.words(signal.Signal(None, level, None, None)) == word, level
        assert signal.words(signal.Signal(level + 20, None, None, None)) == word, level


def asked_for_signal(answers):
    """`(Signal, commands that were asked)` of a Quectel."""
    found = []

    async def scene(modem, script):
        await modem.power_on()
        before = len(script.commands)
        found.append(await signal.read_signal(modem))
        found.append(script.commands[before:])

    script = ScriptedModem()
    script.answers.update(answers)
    play(scene, script)
    return found


def test_no_more_is_asked_than_is_missing():
    whole = '\r\n+QCSQ: "CAT-M1",-52,-81,195,-10\r\n\r\nOK\r\n'
    level = "\r\n+CESQ: 99,99,255,255,20,80\r\n\r\nOK\r\n"
    power = "\r\n+CSQ: 15,99\r\n\r\nOK\r\n"
    none = "\r\nERROR\r\n"
    for answers, expected, asked in (
        ((whole, level, power), (-52, -81, -10, 19), ["AT+QCSQ"]),
        ((none, level, power), (-83, -61, -10, None), ["AT+QCSQ", "AT+CESQ", "AT+CSQ"]),
        ((none, none, power), (-83, None, None, None), ["AT+QCSQ", "AT+CESQ", "AT+CSQ"]),
        ((none, none, none), (None,) * 4, ["AT+QCSQ", "AT+CESQ", "AT+CSQ"]),
    ):
        names = ("AT+QCSQ", "AT+CESQ", "AT+CSQ")
        found = asked_for_signal(dict(zip(names, answers)))
        assert found == [signal.Signal(*expected), asked], found


def test_lte_cat_1_has_the_number_that_lte_m_has_elsewhere():
    for act, m1_act, name in ((7, 7, "LTE-M"), (7, -1, "LTE"), (7, 8, "LTE"), (8, 8, "LTE-M"),
                              (8, -1, None), (None, -1, None)):  # fmt: skip
        assert access_name(act, m1_act) == name, (act, m1_act)


def test_a_level_without_its_sign_is_read():
    # +QCSQ: "LTE",52,-81,195,-10: the manual of EC2x, and of BG95.
    assert signal.from_qcsq(["LTE", "52", "-81", "195", "-10"]).rssi_dbm == -52
    assert signal.from_qcsq(["WCDMA", "61", "-61", "-6"]) == signal.Signal(-61, None, None, None)


def test_the_cell_is_told_with_operator_and_level_or_not_at_all():
    async def scene(modem, script):
        await modem.power_on()
        script.answers["AT+COPS?"] = '\r\n+COPS: 0,2,"26201",8\r\n\r\nOK\r\n'
        script.answers["AT+QCSQ"] = '\r\n+QCSQ: "CAT-M1",-52,-81,195,-10\r\n\r\nOK\r\n'
        found = await cells.read_cell(modem)
        assert found == cells.Cell("262", "01", 0xB7, 0x11B07, "LTE-M", -81), found
        assert script.count("AT+COPS=3,2") == 1
        for act, name in (
            (0, "GSM"), (1, None), (2, "UMTS"), (3, "EGPRS"), (4, "UMTS"), (6, "UMTS"),
            (7, "LTE"), (9, "NB-IoT"), (10, None),
        ):  # fmt: skip
            script.answers["AT+CEREG?"] = (
                '\r\n+CEREG: 2,5,"00B7","00011B07",%d\r\n\r\nOK\r\n' % act
            )
            assert (await cells.read_cell(modem)).act == name, act
        for domain in ("CEREG", "CGREG", "CREG"):
            script.answers["AT+%s?" % domain] = "\r\n+%s: 2,2\r\n\r\nOK\r\n" % domain
        assert await cells.read_cell(modem) is None

    play(scene)
