"""Registration lines of many modems, told apart by shape (ModemManager's and gammu's vectors)."""

from nce_modem.at.command import Command
from nce_modem.registration import PREFIXES, Registrations, answers, parse

# text, is_read, stat, tac, ci, act
LINES = (
    ("1,3", True, 3, "", "", None),
    ("2,0,00,0", True, 0, "00", "0", None),
    ("2,1,8BE3,2BAF", True, 1, "8BE3", "2BAF", None),
    ("1,8BE3,2BAF", False, 1, "8BE3", "2BAF", None),
    ('002,001,"18d8","ffff"', True, 1, "18d8", "ffff", None),
    ('0011,"0001","0010",000', False, 11, "0001", "0010", 0),
    ('2,1,"8BE3","00002B5D",3', True, 1, "8BE3", "00002B5D", 3),
    ("2,1, 1F00, 79D903 ,7", True, 1, "1F00", "79D903", 7),
    ("1, 1F00, 79D903 ,7", False, 1, "1F00", "79D903", 7),
    ("2,1, 1F00, 20 ,79D903 ,7", True, 1, "1F00", "79D903", 7),
    ("1, 2, 0001, 00000100, 7", True, 2, "0001", "00000100", 7),
    ("2, 0001, 00000100, 7", False, 2, "0001", "00000100", 7),
    ("5", False, 5, "", "", None),
    ("2,1,4CA,81DE445", True, 1, "4CA", "81DE445", None),
    ('2,1,"","605F"', True, 1, "", "605F", None),
    ('2,1,"5E25', True, 1, "5E25", "", None),
    ('2,6,"8B37","0A265185",7', True, 6, "8B37", "0A265185", 7),
    ('6,"8B37","0A265185",7', False, 6, "8B37", "0A265185", 7),
    ('2,5,"00B7","00011B07",8', True, 5, "00B7", "00011B07", 8),
    ('5,"00B7"', False, 5, "00B7", "", None),
    ('2,5,"00B7"', True, 5, "00B7", "", None),
    # A routing area code of two digits stands before the cell.
    ('2,5,"00B7","01","00011B07",8', True, 5, "00B7", "00011B07", 8),
)

# TS 27.007, 10.1.22 <stat>: whether a device in this state may use data.
STATES = (
    (0, False),  # not registered, not searching
    (1, True),  # home
    (2, False),  # searching
    (3, False),  # denied
    (4, False),  # unknown, out of coverage
    (5, True),  # roaming
    (6, False),  # SMS only, home
    (7, False),  # SMS only, roaming
    (8, False),  # emergency calls only
    (9, True),  # CSFB not preferred, home
    (10, True),  # CSFB not preferred, roaming
    (11, False),  # emergency bearer only
    (80, False),  # lost (u-blox)
    (90, False),  # no SIM (Nordic)
)

UNREADABLE = ("", "x", ",,", '"', "READY")


def test_lines_are_read_by_their_shape():
    for text, is_read, stat, tac, ci, act in LINES:
        found = parse(text)
        got = (found.is_read, found.stat, found.tac, found.ci, found.act)
        assert got == (is_read, stat, tac, ci, act), (text, found)


def test_broken_quoting_still_gives_the_state():
    assert parse('2,1,"0B,"0100701",7').stat == 1


def test_reject_cause_is_read():
    found = parse('3,3,"0001","0002",7,0,15')
    assert (found.stat, found.cause_type, found.cause) == (3, 0, 15)
    found = parse('3,"0001","0002",7,0,8')
    assert (found.stat, found.cause_type, found.cause) == (3, 0, 8)


def test_unreadable_lines_give_nothing():
    for text in UNREADABLE:
        assert parse(text) is None, text


def test_only_a_read_form_is_answered():
    assert answers(Command("AT+CEREG?"), "1,2")
    assert not answers(Command("AT+CEREG?"), "2")
    assert not answers(Command("AT+CEREG=2"), "1,2")


def test_any_domain_registered_is_enough():
    registrations = Registrations()
    assert registrations.registered is None and registrations.stat is None
    registrations.update("+CGREG", "0,4")
    assert registrations.registered is None
    registrations.update("+CEREG", "0,5")
    registrations.update("+CREG", "0,5")
    assert registrations.registered.stat == 5
    assert registrations.evidence() == "+CEREG 5, +CGREG 4, +CREG 5"


def test_sms_only_is_not_registered_for_data():
    registrations = Registrations()
    registrations.update("+CEREG", "7")
    assert registrations.registered is None and registrations.stat == 7


def test_every_state_lets_data_pass_or_not_as_the_standard_says():
    for prefix in PREFIXES:
        for stat, may_pass in STATES:
            for text in ("%d" % stat, "2,%d" % stat, '%d,"00B7","00011B07",7' % stat):
                registrations = Registrations()
                assert registrations.update(prefix, text).stat == stat, text
                assert (registrations.registered is not None) is may_pass, (prefix, text)
                assert (registrations.denied is not None) is (stat == 3), (prefix, text)
                assert registrations.stat == stat
                registrations.forget()
                assert registrations.stat is None


def test_a_read_answer_may_hold_every_state_with_every_mode():
    for mode in range(6):
        for stat, _ in STATES:
            found = parse('%d,%d,"00B7","00011B07",7' % (mode, stat))
            assert (found.is_read, found.stat) == (True, stat), (mode, stat)
    # Neither a mode nor a state: the second number is an area.
    for text in ("6,1,2,3", "2,12,0010,7", "2,79,0010,7"):
        assert not parse(text).is_read, text


def test_the_packet_domains_speak_before_the_circuit_one():
    registrations = Registrations()
    registrations.update("+CREG", '1,"0001","00000001",0')
    assert registrations.registered.act == 0
    registrations.update("+CGREG", '5,"0002","00000002",3')
    assert registrations.registered.act == 3
    registrations.update("+CEREG", '9,"0003","00000003",7')
    assert registrations.registered.act == 7
    registrations.update("+CEREG", "2")
    assert registrations.registered.act == 3
    # SIMCom's modems refuse voice while they search in LTE.
    registrations.update("+CREG", "3")
    assert registrations.stat == 2 and registrations.denied is None
    # A refusal with a cause in any domain says more than the search in another.
    registrations.update("+CREG", '3,"0001","00000001",0,0,11')
    assert registrations.stat == 3 and registrations.denied.cause == 11
    assert registrations.evidence() == "+CEREG 2, +CGREG 5, +CREG 3 cause 11"
