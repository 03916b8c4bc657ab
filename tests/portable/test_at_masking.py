"""What of a conversation with a modem others may see."""

from nce_modem.at.masking import mask_lines
from nce_modem.at.transcript import Transcript

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
    assert mask_lines(lines)[1:] == ["< <message of 8 characters>", "> AT", "< BG95-M3"]
