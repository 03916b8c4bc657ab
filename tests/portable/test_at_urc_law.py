"""The law of unsolicited results: told once, never part of an answer, wherever they break in.

Each recorded conversation (tests/vectors/at_transcripts.json) is broken into lines, prompts and
counted payloads from the bytes alone; unsolicited results are put into every gap where a modem
can emit one: before the echo, after it, between lines, glued to what ends a line, at a prompt,
after the end of a payload. Between a header and the end of its payload no modem speaks.
"""

import sys

from nce_modem.at import events, syntax
from nce_modem.at.channel import Channel
from nce_modem.at.dialect import Dialect
from nce_modem.at.syntax import AFTER_COMMA, AFTER_LINE, IN_QUOTES, NEXT_LINE, Payload
from test_at_transcripts import DIALECTS, command_of, entries, expected_answer, is_final, wire

# What breaks in: as sent, and as told. Framed as V.250 does, with lone separators, with none in
# front (glued to the line's end before it).
PLAIN = (
    (b'\r\n+CMTI: "ME",3\r\n', ("Urc", "+CMTI", '"ME",3', None)),
    (b"+CTZV: +4\r\n", ("Urc", "+CTZV", "+4", None)),
    (b"\n+CEREG: 5\r", ("Urc", "+CEREG", "5", None)),
    (b"\r\r\n+CGEV: NW PDN DEACT 1\r\r\n", ("Urc", "+CGEV", "NW PDN DEACT 1", None)),
)
# A payload that looks like everything it is not, pushed by each family that does so.
TRICKY = b"\r\nOK\r\n> @+CEREG: 0,5\r\nERROR\r\nRDY"
PUSHED = (
    (
        b'\r\n+QIURC: "recv",7,%d\r\n' % len(TRICKY) + TRICKY + b"\r\n",
        "+QIURC",
        '"recv",7,%d' % len(TRICKY),
    ),
    (b"\r\n+XPUSH: 3,%d," % len(TRICKY) + TRICKY + b"\r\n", "+XPUSH", "3,%d" % len(TRICKY)),
    (b'\r\n+XQUOTE: 3,%d,"' % len(TRICKY) + TRICKY + b'"\r\n', "+XQUOTE", "3,%d" % len(TRICKY)),
    (b'\r\n+CMT: "+4915",,"26/01/01"\r\nOK, ERROR and so on\r\n', "+CMT", '"+4915",,"26/01/01"'),
)
PAYLOADS = {
    "+QIURC": Payload(AFTER_LINE, 2, field_count=5),
    "+XPUSH": Payload(AFTER_COMMA, 1),
    "+XQUOTE": Payload(IN_QUOTES, 1),
    "+CMT": Payload(NEXT_LINE),
}
# MicroPython walks a part of the grid, CPython all of it.
IS_QUICK = sys.implementation.name == "micropython"


def intrusions():
    found = list(PLAIN)
    for data, prefix, text in PUSHED:
        payload = b"OK, ERROR and so on" if prefix == "+CMT" else TRICKY
        found.append((data, ("Urc", prefix, text, payload)))
    return found


def dialect_of(family):
    """A family's dialect that also knows the payloads above."""
    known = DIALECTS[family]
    payloads = dict(known.payloads)
    payloads.update(PAYLOADS)
    return Dialect(
        known.urcs + "+XPUSH +XQUOTE +QIURC ",
        urc_lines=known.urc_lines,
        boot=known.boot,
        boot_follows=known.boot_follows,
        shapes=known.shapes,
        payloads=payloads,
    )


def gaps(data, command):
    """Where a modem can speak: the offsets of `data` between one thing and the next."""
    places = [0]
    index = 0
    is_prompted = command.payload is None
    while index < len(data):
        if data[index] in b"\r\n":
            index += 1
            if data[index - 1] == 10:  # LF; a modem does not tear a CRLF apart
                places.append(index)
            continue
        prompt = command.prompt.to_bytes(1, "big") if not is_prompted else b""
        if prompt and data[index : index + 1] == prompt:
            is_prompted = True
            index += 2 if data[index + 1 : index + 2] == b" " else 1
            places.append(index)
            continue
        end = index
        while end < len(data) and data[end] not in b"\r\n":
            end += 1
        index = _past_payload(data, index, end, command)
        if data[index : index + 1] == b"\r":
            index += 1
        if data[index : index + 1] == b"\n":
            index += 1
        places.append(index)
    return sorted(set(places))


def _past_payload(data, start, end, command):
    """The end of the line at `start`, its payload included."""
    rule = command.reads
    line = data[start:end]
    prefix, text = syntax.split_prefix(syntax.to_text(line))
    if rule is None or prefix not in command.expects:
        return end
    body = end
    while body < len(data) and body < end + 2 and data[body] in b"\r\n":
        body += 1
    if rule.mode == NEXT_LINE:
        while body < len(data) and data[body] not in b"\r\n":
            body += 1
        return body
    if rule.mode == AFTER_LINE:
        return body + rule.length(text) if rule.length(text) else end
    offset, header = rule.split(line, prefix) or (None, None)
    if offset is None or not rule.length(header):
        return end
    body = start + offset + rule.length(header) + (rule.mode == IN_QUOTES)
    while body < len(data) and data[body] not in b"\r\n":
        body += 1  # the line may say more than it announced: redacted records do
    return body


def heard(entry, dialect, pieces):
    """The events of one conversation, with the command by its text."""
    channel = Channel(dialect)
    if entry["tx"] is not None:
        channel.send(command_of(entry), 0)
        channel.data_to_send()
    found = []
    for piece in pieces:
        for event in channel.receive_data(piece, 10):
            if isinstance(event, events.Answer):
                found.append(("Answer", event.is_ok, event.final, event.lines, event.payloads))
            else:
                found.append((type(event).__name__,) + tuple(event))
    return found


def cuts(data, places):
    """`data` whole, byte by byte, at the places, and in pieces of three and seven."""
    marks = [0] + places + [len(data)]
    return (
        (data,),
        [data[index : index + 1] for index in range(len(data))],
        [data[marks[n] : marks[n + 1]] for n in range(len(marks) - 1) if marks[n] < marks[n + 1]],
        [data[index : index + 3] for index in range(0, len(data), 3)],
        [data[index : index + 7] for index in range(0, len(data), 7)],
    )


def commands():
    return [entry for entry in entries() if entry["tx"] is not None]


def test_unsolicited_result_in_every_gap_is_told_once_and_harms_nothing():
    dialects = {family: dialect_of(family) for family in DIALECTS}
    breaking_in = intrusions()
    tried = 0
    families = set()
    for number, entry in enumerate(commands()):
        if IS_QUICK and number % 6:
            continue
        dialect = dialects[entry["family"]]
        data = wire(entry)
        whole = heard(entry, dialect, (data,))
        families.add(entry["family"])
        for place in gaps(data, command_of(entry)):
            for urc, told in breaking_in:
                if told in whole:
                    continue
                framed = urc
                if urc[0] not in b"\r\n" and data[place - 1 : place] not in b"\r\n":
                    framed = b"\r\n" + urc  # nothing ends a prompt
                mixed = data[:place] + framed + data[place:]
                for pieces in cuts(mixed, [place, place + len(framed)]):
                    found = heard(entry, dialect, pieces)
                    tried += 1
                    assert found.count(told) == 1, (entry["tx"], place, urc, found)
                    rest = [event for event in found if event != told]
                    assert rest == whole, (entry["tx"], place, urc, rest, whole)
    print("%d places of %d families tried" % (tried, len(families)))
    assert tried > (1000 if IS_QUICK else 20_000), tried
    assert IS_QUICK or len(families) == len(DIALECTS), families


def test_all_the_gaps_at_once():
    dialects = {family: dialect_of(family) for family in DIALECTS}
    urc, told = PLAIN[0]
    for entry in commands():
        dialect = dialects[entry["family"]]
        data = wire(entry)
        whole = heard(entry, dialect, (data,))
        places = gaps(data, command_of(entry))
        mixed = b""
        start = 0
        for place in places:
            mixed += data[start:place] + urc
            start = place
        mixed += data[start:]
        for pieces in cuts(mixed, [])[: 1 if IS_QUICK else 5]:
            found = heard(entry, dialect, pieces)
            assert found.count(told) == len(places), (entry["tx"], found)
            assert [event for event in found if event != told] == whole, (entry["tx"], found)


def test_the_gaps_are_where_they_should_be():
    entry = {"family": "quectel", "tx": "AT+QIRD=0,1500", "rx": [], "raw": None}
    data = b"AT+QIRD=0,1500\r\r\n+QIRD: 6\r\nA\r\nB\r\n\r\n\r\nOK\r\n"
    found = gaps(data, command_of(entry))
    begin = data.index(b"+QIRD: 6")
    assert not [place for place in found if begin < place < begin + 16], found
    assert 0 in found and begin in found and len(data) in found, found


def test_recorded_answers_end_where_the_gaps_say():
    # The oracle above needs whole conversations: each must end in its recorded final.
    for entry in commands():
        _, final = expected_answer(entry)
        answers = heard(entry, DIALECTS[entry["family"]], (wire(entry),))
        assert [event[2] for event in answers if event[0] == "Answer"] == [final], entry["tx"]
        assert is_final(final)
