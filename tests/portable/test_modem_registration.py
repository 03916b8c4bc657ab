"""Registration lines of many modems, told apart by shape (ModemManager's and gammu's vectors)."""

from nce_modem.at.command import Command
from nce_modem.registration import Registrations, answers, parse

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
