"""What of a conversation with a modem others may see."""

from nce_modem.at import events
from nce_modem.at.channel import Channel
from nce_modem.at.command import Command
from nce_modem.at.dialect import Dialect
from nce_modem.at.masking import mask, mask_lines
from nce_modem.at.transcript import Transcript
from nce_modem.errors import ModemError

PDU = "0791534850020200040C9153486507895500006090608164138004D4F29C0E"
SPOKEN = [
    ("sent", "AT+CMGR=0", "> AT+CMGR=0"),
    ("received", "+CMGR: 0,23", "< +CMGR: 0,23"),
    ("received", PDU, "< <message of %d characters>" % len(PDU)),
    ("received", "OK", "< OK"),
    ("received", '+CMGL: 1,"REC UNREAD","+4915112345678"', None),
    ("received", "the code is 4711", "< <message of 16 characters>"),
    ("received", "of two lines", "< <message of 12 characters>"),
    ("received", "+CEREG: 5", "< +CEREG: 5"),
    ("sent", 'AT+CPIN="1234"', "> AT+CPIN= ***"),
]


def test_short_messages_numbers_and_secrets_stay_out_of_a_transcript():
    transcript = Transcript()
    for direction, text, _ in SPOKEN:
        getattr(transcript, direction)(text)
    lines = transcript.lines()
    for line, (_, _, expected) in zip(lines, SPOKEN):
        assert expected is None or line == expected, line
    assert "12345678" not in "".join(lines)


def test_a_message_ends_with_the_next_command():
    lines = ["< +CMT: ,20", "< 00112233", "> AT", "< BG95-M3"]
    assert list(mask_lines(lines))[1:] == ["< <message of 8 characters>", "> AT", "< BG95-M3"]


KEY = "aB3dE6gH9jK2mN5p"
KEY_HEX = "614233644536674839" + "6a4b326d4e3570"
ICCID = "8988280666000000017"
# Lines that hold a secret, and the rest of them that may be shown.
MASKED = (
    ('AT+CPIN = "1234"', "AT+CPIN= ***"),
    ('at+cpin="12345678","1234"', "at+cpin= ***"),
    ('AT+CPWD="SC","1234","4321"', "AT+CPWD ***"),
    ('AT+SQNSPCFG=1,2,"",1,1,,,"' + KEY_HEX + '","id"', "AT+SQNSPCFG ***"),
    ('AT#XSENDTO="10.60.2.239",4445,"text"', "AT#XSENDTO= ***"),
    ('AT#XSEND=3,1,512,"C0FFEE"', "AT#XSEND= ***"),
    ('AT+CGAUTH=1,1,"user","password"', "AT+CGAUTH= ***"),
    ("+CPIN: READY", "+CPIN: READY"),
    ("#XSEND: 3,0,2", "#XSEND: 3,0,2"),
    (KEY_HEX, "*" * 32),
    (ICCID + "F", "89882" + "*" * 14 + "F"),
    ("x" + ICCID[:15], "x89882" + "*" * 10),
    ("ab1234567890c", "ab12" + "*" * 8 + "c"),
    ("+491511234", "+49" + "*" * 7),
    ('+CEREG: 2,5,"00B7","00011B07",7', '+CEREG: 2,5,"00B7","00011B07",7'),
    ("BG95M3LAR02A03_01.006.01.006", "BG95M3LAR02A03_01.006.01.006"),
)


def test_secrets_are_masked_whatever_line_they_are_in():
    for text, expected in MASKED:
        assert mask(text) == expected, (text, mask(text))


def all_of(found):
    """Everything that a list of events tells by whatever way is meant to be shown."""
    notes = [event.text for event in found if isinstance(event, events.Note)]
    return repr(found) + " ".join(notes)


def told_after(text, received, now_ms=0, **options):
    """All that the engine tells of a line that comes while `text` is pending, or after it."""
    told = ""
    for end in (b"", b"\r\nOK\r\n"):
        channel = Channel(Dialect("+QIURC", boot=("RDY",)))
        channel.send(Command(text, **options), now_ms)
        channel.data_to_send()
        if options.get("payload") is not None:
            channel.receive_data(b"\r\n> ", now_ms)
            channel.data_to_send()
        told += all_of(channel.receive_data(end, now_ms))
        told += all_of(channel.receive_data(b"\r\n" + received.encode() + b"\r\n", now_ms))
        told += "\n".join(channel.transcript.lines())
    return told


def test_an_echo_that_lost_a_character_tells_no_secret():
    for text, secret in (
        ('AT+USECPRF=0,8,"' + KEY + '"', KEY),
        ('AT+CPIN="1234"', "1234"),
        ('AT+CPWD="SC","1234","4321"', "4321"),
        ('AT%CMNG=0,1,3,"' + KEY_HEX + '"', KEY_HEX),
        ('AT#XSENDTO="10.60.2.239",4445,"plain text"', "plain"),
    ):
        for place in range(len(text)):
            broken = text[:place] + text[place + 1 :]
            told = told_after(text, broken)
            kept = secret if secret in broken else secret[1:]
            assert kept not in told and secret[:-1] not in told, (broken, told)
        cut = text.find(secret) + 2
        told = told_after(text, text[:cut] + "\r\n" + text[cut:])
        assert secret[2:] not in told, told


def test_an_echo_of_a_payload_tells_nothing_of_it():
    told = told_after("AT+CMGS=5", "the code is 471", payload=b"the code is 4711")
    assert "471" not in told, told
    told = told_after("AT+CMGS=5", "the code is 4711", payload=b"the code is 4711")
    assert "471" not in told, told


def test_late_and_unknown_lines_of_an_answer_with_content_tell_their_length():
    for text in ("AT+CMGR=3", "AT+CMGL=4", "AT#XRECV"):
        assert "C0FFEE" not in told_after(text, "C0FFEE")
        channel = Channel(Dialect())
        channel.send(Command(text, timeout_ms=1000), 0)
        channel.data_to_send()
        told = all_of(channel.handle_timeout(1000))
        late = "\r\n" + text[2:].partition("=")[0] + ": 1\r\nC0FFEE\r\nOK\r\n"
        told += all_of(channel.receive_data(late.encode(), 1100))
        told += "\n".join(channel.transcript.lines())
        assert "C0FFEE" not in told, told


def test_a_message_in_text_mode_that_lost_its_header_tells_its_length():
    channel = Channel(Dialect())
    channel.hides_unknown = True
    found = channel.receive_data(b"\r\nthe code is 4711\r\n", 0)
    assert "4711" not in all_of(found) + "".join(channel.transcript.lines())
    assert found[0].text == "<16 characters>"


def test_what_is_no_secret_is_told_as_it_came():
    told = told_after("AT+CSQ", "+FOO: 1,2")
    assert "+FOO: 1,2" in told


def test_the_repr_of_each_event_is_masked():
    answer = events.Answer(Command("AT+CCID"), True, "OK", [ICCID, "text"], [b"data"])
    assert repr(answer) == "Answer(Command(AT+CCID), OK, 2 lines, 1 payloads)"
    urc = events.Urc("+QCCID", ICCID, b"the code is 4711")
    assert repr(urc) == "Urc(+QCCID: 89882" + "*" * 14 + ", 16 bytes)"
    assert repr(events.Urc("+CSCON", "1", None)) == "Urc(+CSCON: 1, 0 bytes)"
    assert repr(Command("ATD+4915112345678;")) == "Command(ATD)"
    assert ICCID not in str(ModemError("about " + ICCID)) + repr(ModemError("about " + ICCID))


def test_a_number_that_is_cut_leaves_nothing():
    for start in range(90, 125):
        transcript = Transcript()
        transcript.received("x" * start + ICCID)
        shown = transcript.lines()[0]
        assert ICCID[:6] not in shown and len(shown) <= 122, shown


def test_a_message_that_looks_like_a_result_is_no_result():
    lines = ["< +CMGR: 1,,20", "< +secret code 1", "< +Secret: code", "< +CSCON: 1", "< OK"]
    shown = list(mask_lines(lines))
    assert "ode" not in "".join(shown[1:3]).replace("message of", ""), shown
    assert shown[3:] == ["< +CSCON: 1", "< OK"]
