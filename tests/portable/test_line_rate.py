"""A line at another rate: gibberish is told from silence and from text, within a bound."""

import asyncio

from nce_modem import Modem, errors
from nce_modem.line_rate import RATES
from nce_modem.misheard import (
    LineGarbage,
    Misheard,
    NotAModem,
    WrongRate,
    is_garbage,
    misheard,
    shown,
)
from test_modem_session import QUICK, ScriptedModem, raised

# What a UART at 115200 bit/s makes of CR LF OK CR LF at another rate, and the other way round;
# worked out bit by bit (8N1, sampled in the middle of each bit, idle line after the stop bit).
OK_9600 = bytes.fromhex("00fe00fe00000000000000f000fe000000000000fe0000f000fe00fe00fe0000f0")
OK_57600 = bytes.fromhex("e6809880fe989e98e6809880")
OK_230400 = bytes.fromhex("8c0ccc")
OK_460800 = bytes.fromhex("94f5")
OK_115200_AT_9600 = bytes.fromhex("f8")

# bytes, whether a wrong rate made them
HEARD = (
    (OK_9600, True),
    (OK_57600, True),
    (OK_230400, True),
    (OK_460800, True),
    (OK_115200_AT_9600 * 2, True),
    (b"\0" * 8, True),
    (OK_115200_AT_9600, False),  # one byte: a spike of the supply
    (b"", False),
    (b"\0\0", False),
    (b"\0\0\r\nRDY\r\n", False),
    (b"AT\r\r\nOK\r\n", False),
    (b"$GPGGA,,,,,,0,00,99.99,,,,,,*48\r\n", False),
    (b'\r\n+CREG: 2,1,"0B,"0100701",7\r\n', False),
    # The bounds: more than a quarter, two bytes, eight zeros; DEL is no text, space and tab are.
    (b"\xfe\xfeabcdef", False),
    (b"\xfe\xfeabcde", True),
    (b"\xfe\xfe", True),
    (b"\0" * 7, False),
    (b"\x7f\x7f", True),
    (b" \t \t", False),
    (b"\0\0\0\0\xfeabc", False),
)
# Lines that only a modem says: one of them, and the port is no other device's.
OF_A_MODEM = ("OK", "ERROR", "+CME ERROR: 14", "RDY", "Ready", "+CPIN: READY", "#XSLMSTATE: 1",
              "%CSCON: 1")  # fmt: skip


class Talker(ScriptedModem):
    """Answers every command with the same bytes."""

    power_key = None

    def __init__(self, says):
        ScriptedModem.__init__(self)
        self.says = says

    def on_command(self, line):
        if self.says:
            self.say(self.says)


class RatedTalker(Talker):
    """The same on a UART that can change its rate; `opened` are the rates."""

    def __init__(self, says, baudrate=115_200, answers_at=None):
        Talker.__init__(self, says)
        self.baudrate = baudrate
        self.opened = []
        self.answers_at = answers_at

    async def open_uart(self, baudrate=None):
        self.opened.append(baudrate or self.baudrate)
        return await Talker.open_uart(self)

    def on_command(self, line):
        if self.opened[-1] == self.answers_at:
            if line.startswith("AT+IPR="):
                self.answers_at = int(line[7:])
            ScriptedModem.on_command(self, line)
        else:
            Talker.on_command(self, line)


def powered(board, kind=None, family=QUICK):
    """The error of powering on, or the events of it."""
    told = []

    async def scene():
        modem = Modem(board, family=family, on_event=told.append)
        try:
            if kind is None:
                await modem.power_on()
                return [event.line for event in told if hasattr(event, "line")]
            return await raised(kind, modem.power_on())
        finally:
            await modem.close()

    return asyncio.run(asyncio.wait_for(scene(), 30))


def test_gibberish_is_told_from_text_and_from_a_modem_that_starts():
    for heard, is_wrong in HEARD:
        assert is_garbage(heard) is is_wrong, heard


def test_one_line_of_a_modem_makes_its_silence_a_silence():
    for line in OF_A_MODEM:
        for heard in ("%s\r\n", "boot 1.2\r\n%s\r\n", "\0\0\r\n%s\r\n"):
            assert misheard((heard % line).encode(), None, ()) is None, heard % line
    for heard in (b"", b"\0\0", b"\r\n \r\n"):
        assert misheard(heard, 9600, (9600,)) is None, heard
    assert isinstance(misheard(b"\0\0boot 1.2\r\n", None, ()), NotAModem)


def test_what_was_heard_is_shown_up_to_twelve_bytes():
    assert shown(b"\xfe" * 12) == "heard" + " fe" * 12
    assert shown(b"\xfe" * 13) == "heard" + " fe" * 12 + " ..."
    assert shown(b"~ a\x7f\tb\r\n") == 'heard "~ a b"'
    assert "also" not in str(misheard(b"\xfe\xfe", 9600, (9600,)))
    both = str(misheard(b"\xfe\xfe", 9600, (115_200, 9600)))
    assert "at 9600 bit/s" in both and "tried as well: 115200;" in both


def test_gibberish_on_a_fixed_line_is_a_wrong_rate_with_what_was_heard():
    for says in (OK_9600, OK_57600, OK_230400, OK_460800, OK_115200_AT_9600):
        error = powered(Talker(says), WrongRate)
        assert isinstance(error, errors.ModemSilent)
        assert error.heard.startswith(says) and error.rate_bps is None and error.tried == ()
        assert "%02x" % says[0] in str(error) and "AT+IPR" in str(error), error
        assert error.step == "rate" and "9600" in error.remedy


def test_gibberish_at_every_rate_is_the_wiring():
    board = RatedTalker(OK_57600)
    error = powered(board, LineGarbage)
    assert (error.step, error.rate_bps, error.tried) == ("garbage", 115_200, RATES)
    assert "e6 80 98" in str(error) and "ground" in error.remedy
    assert "921600" in str(error)
    # Within the bound every rate of the table was tried, and the board's own again at the end.
    assert set(board.opened) == set(RATES) and board.opened[-1] == 115_200


def test_text_that_is_no_answer_is_another_port():
    error = powered(Talker(b"$GPGGA,,,,,,0,00,99.99,,,,,,*48\r\n"), NotAModem)
    assert "GPGGA" in str(error) and error.step == "not AT"
    assert "positions" in error.remedy


def test_what_was_heard_is_masked():
    error = powered(Talker(b"card 8988280666000000017\r\n"), NotAModem)
    assert "8988280666000000017" not in str(error), error


def test_silence_stays_silence():
    # A modem that says something and then hangs is no other device.
    for board in (Talker(b""), RatedTalker(b""), Talker(b"\r\n+CPIN: READY\r\n")):
        error = powered(board, errors.ModemSilent)
        assert "did not answer AT" in str(error) and not isinstance(error, Misheard), error


def test_a_modem_at_another_rate_is_found_moved_and_asked_to_keep_it():
    for rate_bps in (9600, 921_600, 19_200):
        board = RatedTalker(b"", answers_at=rate_bps)
        lines = powered(board)
        assert lines == [
            "the modem answers at %d bit/s" % rate_bps, "the modem was moved to 115200 bit/s"
        ], lines  # fmt: skip
        assert board.opened[0] == board.opened[-1] == 115_200
        assert board.commands.index("AT&W") > board.commands.index("AT+IPR=115200")


def test_a_modem_that_answers_with_an_error_has_the_right_rate():
    board = RatedTalker(b"", answers_at=9600)
    board.answers["AT"] = ["\r\nERROR\r\n", "\r\nERROR\r\n", "\r\nOK\r\n"]
    lines = powered(board)
    assert lines[0] == "the modem answers at 9600 bit/s", lines


def test_a_modem_that_moves_to_neither_rate_is_named():
    board = RatedTalker(b"", answers_at=9600)
    board.answers["AT+IPR=115200"] = ["\r\nOK\r\n"]
    before = board.on_command

    def on_command(line):
        before(line)
        if line.startswith("AT+IPR="):
            board.answers_at = 1

    board.on_command = on_command
    error = powered(board, errors.ModemSilent)
    assert "from 9600 to 115200 bit/s and answers at neither" in str(error), error
    assert "AT&W" not in board.commands


def test_a_modem_that_takes_no_command_for_the_rate_says_so():
    board = RatedTalker(b"", answers_at=9600)
    board.answers["AT+IPR=115200"] = "\r\nERROR\r\n"
    before = board.on_command
    board.on_command = lambda line: (
        ScriptedModem.on_command(board, line) if board.answers_at == board.opened[-1] else before
    )
    lines = powered(board)
    assert lines == [
        "the modem answers at 9600 bit/s", "AT+IPR=115200 was answered ERROR",
        "the modem stays at 9600 bit/s",
    ], lines  # fmt: skip
    assert board.opened[-1] == 9600 and 115_200 not in board.opened[1:], board.opened


def test_a_modem_that_refuses_to_move_stays_where_it_answers():
    board = RatedTalker(b"", answers_at=9600)
    board.answers["AT+IPR=115200"] = "\r\nERROR\r\n"
    board.on_command = lambda line: (
        ScriptedModem.on_command(board, line) if board.opened[-1] == 9600 else None
    )
    lines = powered(board)
    assert lines[-1] == "the modem stays at 9600 bit/s", lines
    assert "AT&W" not in board.commands and board.opened[-1] == 9600


def test_a_family_without_a_command_for_the_rate_stays_as_well():
    board = RatedTalker(b"", answers_at=9600)
    lines = powered(board, family=QUICK.changed(line=""))
    assert lines == ["the modem answers at 9600 bit/s"], lines
    assert not [line for line in board.commands if "IPR" in line]


def test_flow_control_is_asked_for_where_the_board_has_it():
    for has_lines in (True, False):
        board = ScriptedModem()
        board.rtscts = has_lines
        powered(board)
        assert board.count("AT+IFC=2,2") == has_lines
