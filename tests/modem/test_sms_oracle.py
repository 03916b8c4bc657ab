"""Our short message PDUs against two other implementations, both ways.

Neither is among the project's own test tools: pip install python-gsmmodem-new python-messaging.
"""

import warnings

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nce_modem.sms import concatenation, gsm7, tpdu

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    pdu = pytest.importorskip("gsmmodem.pdu")

NUMBERS = st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True)
# gsmmodem has no form feed, and a backquote where TS 23.038 has the section sign.
TABLES = gsm7.ALPHABET + gsm7.EXTENSION
GSM = st.text(alphabet=[c for c in TABLES if c not in "\x1b\f§"], min_size=1)
ANY = st.text(alphabet=st.characters(exclude_categories=("Cs",)), min_size=1)


def pieces_of(text, reference=7):
    alphabet, units = concatenation.plan(text)
    return alphabet, concatenation.split(alphabet, units, reference)


def submitted(number, text):
    alphabet, pieces = pieces_of(text)
    return [
        "00" + tpdu.submit(number, alphabet, piece, header).hex().upper()
        for header, piece in pieces
    ]


def loses_its_at_sign(header, septets):
    """Whether gsmmodem drops the last `@` of a part, which is septet 0.

    Its `unpackSeptets` takes a zero septet for filling where it ends together with an octet.
    """
    fill_bits = -8 * len(header) % 7
    bits = 8 * len(header) + fill_bits + 7 * len(septets)
    return septets[-1] == 0 and bits % 8 == 0


@given(NUMBERS, GSM)
@example("+882285100", "0000000@")
@example("+882285100", "@" * 153 + "a" * 10)
def test_gsmmodem_reads_what_we_write_in_septets(number, text):
    pieces = pieces_of(text)[1]
    assert "".join(gsm7.decode(septets) for _, septets in pieces) == text
    for (header, septets), line in zip(pieces, submitted(number, text), strict=True):
        read = pdu.decodeSmsPdu(line)
        lost = "@" if loses_its_at_sign(header, septets) else ""
        assert read["text"] + lost == gsm7.decode(septets)
        assert read["number"] == number


@given(ANY)
def test_gsmmodem_reads_what_we_write_in_ucs2(text):
    if gsm7.encode(text) is None:
        read = "".join(pdu.decodeSmsPdu(line)["text"] for line in submitted("123", text))
        # It takes surrogate pairs for two characters.
        assert read.encode("utf-16-be", "surrogatepass") == text.encode("utf-16-be")


@given(NUMBERS, st.text(alphabet=gsm7.ALPHABET.replace("\x1b", ""), min_size=1, max_size=600))
def test_we_read_what_gsmmodem_writes(number, text):
    reassembly = concatenation.Reassembly()
    message = None
    for line in pdu.encodeSmsSubmitPdu(number, text, reference=9, requestStatusReport=False):
        assert message is None
        message = reassembly.add(tpdu.parse(bytes(line.data)))
    assert message is not None
    assert (message.number, message.text) == (number, text)


@given(st.binary(max_size=200))
def test_septets_are_packed_as_gsmmodem_packs_them(data):
    septets = bytes(byte & 0x7F for byte in data)
    assert gsm7.pack(septets) == bytes(pdu.packSeptets(bytearray(septets)))


@given(st.binary(max_size=180))
def test_any_octets_end_in_a_message_or_in_the_one_error(data):
    try:
        tpdu.parse(data)
    except tpdu.BadPdu:
        pass


TEXTS = ("hello", "[€]", "ж" * 80, "a" * 400, "@£$¥èéùìòÇ")


@pytest.mark.parametrize("text", TEXTS)
def test_we_read_what_python_messaging_writes(text):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sms = pytest.importorskip("messaging.sms")
        try:
            lines = sms.SmsSubmit("+882285100", text).to_pdu()
        except Exception as error:  # noqa: BLE001 - it may not run on this Python
            pytest.skip(f"python-messaging: {error!r}")
    reassembly = concatenation.Reassembly()
    found = [reassembly.add(tpdu.parse(bytes.fromhex(line.pdu))) for line in lines]
    assert found[-1].text == text
