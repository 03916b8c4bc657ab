"""Signal, cell and clock out of lines of real modems (where said so), and by the tables."""

import nce_modem.cells
import nce_modem.network_time
import nce_modem.signal
from nce_modem.at import syntax

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
    assert signal.from_cpsi(fields(line)) == signal.Signal(-96, -100, -3, 15)
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
