"""The CoAP codec beside aiocoap's: what one writes the other reads alike."""

import aiocoap
from aiocoap.numbers.optionnumbers import OptionNumber
from hypothesis import given
from hypothesis import strategies as st

from nce.coap import codes
from nce.coap.message import CON, NON, Message, MessageFormatError, decode, encode

# Opaque to aiocoap: unassigned numbers, elective and critical, of every delta size.
OPAQUE_NUMBERS = st.sampled_from([1, 4, 11, 15, 2048, 2049, 64999, 65000, 65535])
OPTIONS = st.lists(
    st.tuples(OPAQUE_NUMBERS, st.text("abc/?&=", max_size=300).map(str.encode)), max_size=8
)
MESSAGES = st.builds(
    Message,
    st.sampled_from([CON, NON]),
    st.sampled_from([codes.GET, codes.POST, codes.CHANGED, codes.CONTENT, codes.NOT_FOUND]),
    st.integers(0, 65535),
    st.binary(max_size=8),
    OPTIONS.map(lambda options: tuple(sorted(options, key=lambda option: option[0]))),
    st.binary(max_size=64),
)


def of_aiocoap(message: aiocoap.Message) -> Message:
    options = tuple((int(o.number), o.encode()) for o in message.opt.option_list())
    return Message(
        int(message.mtype), int(message.code), message.mid, message.token, options, message.payload
    )


@given(MESSAGES)
def test_aiocoap_reads_what_we_write(message):
    assert of_aiocoap(aiocoap.Message.decode(encode(message))) == message


@given(MESSAGES)
def test_we_read_what_aiocoap_writes(message):
    theirs = aiocoap.Message(
        code=aiocoap.Code(message.code), payload=message.payload, _token=message.token
    )
    theirs.mtype = aiocoap.Type(message.type)
    theirs.mid = message.mid
    for number, value in message.options:
        theirs.opt.add_option(OptionNumber(number).create_option(decode=value))
    assert decode(theirs.encode()) == message


@given(st.binary(max_size=64))
def test_any_bytes_decode_to_what_encodes_to_them_again_or_raise_the_format_error(datagram):
    try:
        message = decode(datagram)
    except MessageFormatError:
        return
    # A delta or length may be written longer than it needs to be read: compare the meaning.
    assert decode(encode(message)) == message
