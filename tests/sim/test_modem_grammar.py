"""Command lines taken apart: ITU-T V.250, 5.4."""

import pytest

from nce_sim.modem.line.grammar import (
    ArgumentMistake,
    Arguments,
    Form,
    Quoted,
    SyntaxMistake,
    commands_of,
)

LINES = [
    ("", []),
    ("E0V1", [("E", Form.SET, "0"), ("V", Form.SET, "1")]),
    ("&FZE0", [("&F", Form.EXECUTE, ""), ("Z", Form.EXECUTE, ""), ("E", Form.SET, "0")]),
    (
        "E0V1+CMEE=1;+CREG=2;&D0",
        [
            ("E", Form.SET, "0"),
            ("V", Form.SET, "1"),
            ("+CMEE", Form.SET, "1"),
            ("+CREG", Form.SET, "2"),
            ("&D", Form.SET, "0"),
        ],
    ),
    ("+creg?", [("+CREG", Form.READ, "")]),
    ("+CREG=?;+CSQ", [("+CREG", Form.TEST, ""), ("+CSQ", Form.EXECUTE, "")]),
    (
        '+COPS=2;+CGDCONT=1,"IP","a;b"',
        [("+COPS", Form.SET, "2"), ("+CGDCONT", Form.SET, '1,"IP","a;b"')],
    ),
    ("S3?S0=1", [("S3", Form.READ, ""), ("S0", Form.SET, "1")]),
    ("D*99#", [("D", Form.SET, "*99#")]),
]


@pytest.mark.parametrize(("body", "expected"), LINES)
def test_a_line_is_taken_apart(body, expected):
    found = [(command.name, command.form, command.text) for command in commands_of(body)]
    assert found == expected


@pytest.mark.parametrize("body", ["+", "+CREG!", "S3", "&1", "!"])
def test_what_is_no_command_is_refused(body):
    with pytest.raises(SyntaxMistake):
        list(commands_of(body))


def test_arguments_know_what_was_quoted_and_what_left_out():
    arguments = Arguments('1,"IP","a,b",,0x1F')
    assert arguments.values == ["1", "IP", "a,b", "", "0x1F"]
    assert isinstance(arguments.values[1], Quoted)
    assert arguments.integer(0, 1, 16) == 1
    assert arguments.integer(3, 0, 9, default=7) == 7
    assert arguments.text(2) == "a,b"


@pytest.mark.parametrize("text", ['"IP', '"a"b"', '1,"'])
def test_quotes_must_match(text):
    with pytest.raises(ArgumentMistake):
        Arguments(text)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_integer_is_neither_quoted_nor_out_of_range_nor_missing(position):
    with pytest.raises(ArgumentMistake):
        Arguments('"1",99').integer(position, 0, 16)
