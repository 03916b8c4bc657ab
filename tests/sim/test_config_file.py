"""Changes of a `config.py`: one value each, and not a byte beside it."""

import pytest

from nce_sim.firmware.config_file import ConfigWrong, changed, settings_of

TEXT = '''"""This device."""

APN = "iot.1nce.net"
RATS = ()  # radio – of "LTE-M"; () is the modem's choice
BANDS = (
    3,  # Europe
    8,
)  # two of them
TOPIC = "status"  # None for none
INTERVAL_S = 3600
EDRX_S = None

print("no setting")
'''
# Setting, what a person types, the line that stands there then.
CHANGES = (
    ("INTERVAL_S", "600", "INTERVAL_S = 600\n"),
    ("INTERVAL_S", " 1_000 ", "INTERVAL_S = 1000\n"),
    ("APN", "example.net", 'APN = "example.net"\n'),
    ("APN", '"example.net"', 'APN = "example.net"\n'),
    ("APN", "12", 'APN = "12"\n'),
    ("TOPIC", "None", "TOPIC = None  # None for none\n"),
    ("RATS", "LTE-M", 'RATS = ("LTE-M",)  # radio – of "LTE-M"; () is the modem\'s choice\n'),
    ("RATS", "LTE-M, NB-IoT", 'RATS = ("LTE-M", "NB-IoT")  # radio – of "LTE-M"; () is the'),
    ("BANDS", "20", "BANDS = (20,)  # two of them\n"),
    ("BANDS", "3,20", "BANDS = (3, 20)  # two of them\n"),
    ("BANDS", "()", "BANDS = ()  # two of them\n"),
    ("EDRX_S", "20", "EDRX_S = 20\n"),
    ("FOLDER", "/data", 'FOLDER = "/data"\n'),
    ("APN", 'a"b', "APN = 'a\"b'\n"),
)


@pytest.mark.parametrize(("setting", "typed", "line"), CHANGES)
def test_a_change_leaves_everything_else_as_it_is(setting, typed, line):
    new = changed(TEXT, setting, typed)
    assert line in new
    before, after = settings_of(TEXT), settings_of(new)
    before.pop(setting, None)
    after.pop(setting)
    assert before == after
    if setting not in ("BANDS", "FOLDER"):
        kept = [row for row in TEXT.splitlines() if not row.startswith(setting)]
        assert [row for row in new.splitlines() if not row.startswith(setting)] == kept


def test_a_value_is_data_and_never_code():
    new = changed(TEXT, "TOPIC", '" + __import__("os").name + "')
    assert settings_of(new)["TOPIC"] == '" + __import__("os").name + "'


@pytest.mark.parametrize("setting", ["interval", "A B", "APN = 1\nX"])
def test_what_is_no_name_is_refused(setting):
    with pytest.raises(ConfigWrong, match="is no setting: names are in capitals"):
        changed(TEXT, setting, "1")


def test_what_is_no_python_is_refused():
    with pytest.raises(ConfigWrong, match=r"mine\.py is no Python: "):
        settings_of("APN = (", "mine.py")
