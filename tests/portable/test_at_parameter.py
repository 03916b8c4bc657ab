"""Text is one parameter of an AT command, or it is refused."""

import nce_modem.sms.service
from nce_modem import UsageError
from nce_modem.at import parameter, syntax
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.errors import OpenFailed
from nce_modem.families import nordic, nordic_slm, simcom7080, ublox5
from nce_modem.radio import commands

HOSTS = (
    "udp.os.1nce.com",
    "10.60.2.239",
    "localhost",
    "1nce.com",
    "a-b.c0",
    "x" * 63 + ".example",
    "255.255.255.255",
    "0.0.0.0",
)
INJECTIONS = (
    'x"\rAT+CFUN=0\rAT+QPOWD\r',
    'x"',
    "x\r",
    "x\n",
    "x\0",
    "x\x1a",
    "x\x1b",
    "x\x7f",
    "x;+CFUN=0",
    "x,0",
    "x y",
    "\u212a.example",  # KELVIN SIGN, whose lower case is k
    "\u0661.1.1.1",  # a digit, in Arabic
    "\u0445.example",
    "",
    None,
    7,
    b"x",
)
NO_HOSTS = (
    ".",
    "a..b",
    "a.",
    ".a",
    "-a.example",
    "a-.example",
    "x" * 64 + ".example",
    ".".join(["abcdefghi"] * 26),  # 259 characters
    "10.60.2",
    "10.60.2.256",
    "10.60.2.239.1",
    "example.1",
    "my_host.example",
    "fe80::1",
)
NO_PORTS = (0, -1, 65536, "4445", None, 4445.0, "1\rAT")
NUMBERS = ("+882285100", "123", "*100#", "0" * 20)
NO_NUMBERS = ("+", "++1", "1+2", "12 34", "abc", "1" * 21, '1"', "1\r", "1\x1a", "", None, 123)


def refused(function, *arguments):
    try:
        function(*arguments)
    except UsageError as error:
        return str(error)
    raise AssertionError((function, arguments))


def test_hosts_are_names_or_dotted_addresses():
    for name in HOSTS:
        assert parameter.host(name) == '"' + name + '"'
        assert parameter.endpoint((name, 5684)) == '"' + name + '",5684'
    for name in INJECTIONS + NO_HOSTS:
        refused(parameter.host, name)
        refused(parameter.endpoint, (name, 5684))


def test_ports_are_numbers_of_16_bits():
    for number in (1, 4445, 65535):
        assert parameter.port(number) == number
    assert parameter.port(0, 0) == 0
    for number in NO_PORTS:
        refused(parameter.port, number)


def test_access_point_names_are_labels_of_100_characters_at_the_most():
    for name in ("iot.1nce.net", "internet", "iot.1nce.net.mnc040.mcc901.gprs", "a" * 63):
        assert parameter.apn(name) == '"' + name + '"'
    for name in INJECTIONS + (".".join(["abcdefghi"] * 11), "a_b"):
        refused(parameter.apn, name)


def test_numbers_are_digits():
    telephone = nce_modem.sms.service.telephone
    for number in NUMBERS:
        assert telephone(number) == '"' + number + '"'
    for number in NO_NUMBERS:
        refused(telephone, number)


def test_other_text_is_printable_and_has_no_quote():
    assert parameter.quoted("8988280666000000017", "PSK identity") == '"8988280666000000017"'
    assert parameter.quoted(b"a key; with, these", "key") == '"a key; with, these"'
    for text in (
        'a"',
        "a\\",
        "a\r",
        "a\n",
        "a\0",
        "a\x1a",
        "a\x1b",
        "a\x7f",
        "\xe9",
        "",
        "a" * 256,
    ):
        assert "secret-kind" in refused(parameter.quoted, text, "secret-kind")
    assert "SecretKey" not in refused(parameter.quoted, "SecretKey\r", "key")


def test_what_is_refused_is_not_shown():
    for function in (parameter.host, parameter.apn, nce_modem.sms.service.telephone):
        assert "hunter2" not in refused(function, "hunter2\r")


def test_an_address_that_the_modem_tells_is_one():
    assert parameter.resolved("a.example", "192.0.2.7") == "192.0.2.7"
    for address in (
        '1.2.3.4"',
        "1.2.3.4\r",
        "a.b.c.d",
        "",
        "1.2.3",
        "::1",
        "1.2.3.1234",
        "1.2.3.+4",
    ):
        try:
            parameter.resolved("a.example", address)
        except OpenFailed as error:
            assert "a.example" in str(error)
        else:
            raise AssertionError(address)


def test_bands_are_numbers():
    assert commands("simcom", (), (3, 20))[0] == 'AT+CBANDCFG="CAT-M",3,20'
    for band in ("3\rAT+CFUN=0", "3;+CFUN=0", "3", 0, 89, None):
        refused(commands, "simcom", (), (band,))


def test_the_channel_itself_refuses_more_than_one_command():
    for byte in (b"\r", b"\n", b"\0", b"\x1a", b"\x1b", b"\x7f", b"\x08", b"\xc3\xa9"):
        channel = Channel(Dialect())
        text = 'AT+X="a' + byte.decode() + 'AT+CFUN=0"'
        refused(channel.send, Command(text), 0)
        assert channel.data_to_send() == b""
        channel.send(Command("AT"), 0)
        assert channel.data_to_send() == b"AT\r"
    refused(Channel(Dialect()).send, Command(""), 0)


def test_a_payload_cannot_end_its_own_input():
    for payload, terminator in (
        (b"text\x1aAT+CFUN=0\r", b"\x1a"),
        (b"text\x1bAT+CFUN=0\r", b"\x1a"),
        (b"text+++AT+CFUN=0\r", b"+++"),
    ):
        channel = Channel(Dialect())
        command = Command("AT+CMGS=5", payload=payload, terminator=terminator)
        refused(channel.send, command, 0)
        assert channel.data_to_send() == b""
    # A counted payload may hold anything.
    channel = Channel(Dialect())
    channel.send(Command("AT+QISEND=0,3", payload=b"\x1a\x1b\r"), 0)
    assert channel.data_to_send() == b"AT+QISEND=0,3\r"


def test_an_identity_is_checked_before_the_modem_hears_of_it():
    key = b"aB3dE6gH9jK2mN5p"
    for family in (nordic.NRF91, nordic_slm.SLM, ublox5.SARA_R5, simcom7080.SIM7080):
        assert family.secured("8988280666000000017", key).identity == "8988280666000000017"
        for identity in ('x"', "x\r", "x\\", "", "x" * 129):
            refused(family.secured, identity, key)
    # In SIMCom's table it ends where the key begins.
    refused(simcom7080.SIM7080.secured, "id:00ff", key)


def test_a_number_is_digits_of_ascii_or_none():
    for text, expected in (("7", 7), (" 007 ", 7), ("", None), ("-1", None), ("\u00b2", None)):
        assert syntax.number(text) == expected
    channel = Channel(Dialect())
    channel.receive_data("\r\n+CME ERROR: \u00b2\r\n".encode(), 0)
