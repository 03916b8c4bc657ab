"""Block-wise transfer by the exchanges that RFC 7959, 3 draws, and where they break off."""

import asyncio
import io

from nce.coap import codes, options
from nce.coap.block import Block, BlockError, block_of, block_value, szx_for
from nce.coap.client import CoapTimeout, Response
from nce.coap.transfer import RestartNeeded, Transfer, download, upload
from nce.errors import UsageError

# (option value, block), from RFC 7959, 2.2 and the figures of section 3.
VALUES = (
    ("", (0, False, 0)),
    ("02", (0, False, 2)),
    ("0a", (0, True, 2)),
    ("1a", (64, True, 2)),
    ("22", (128, False, 2)),
    ("06", (0, False, 6)),
    ("c9", (384, True, 1)),  # 12/1/32
    ("0106", (16384, False, 6)),
    ("fffff6", (1073740800, False, 6)),
)


class Wire:
    """A client whose exchanges are answered by `answer(options, payload)`, on the table."""

    def __init__(self, answer, max_datagram=1152):
        self.endpoint = self
        self.max_datagram = max_datagram
        self._answer = answer
        self.asked = []

    async def exchange(self, method, request_options, payload=b""):
        self.asked.append(
            (
                block_of(request_options, options.BLOCK1),
                block_of(request_options, options.BLOCK2),
                len(payload),
            )
        )
        return self._answer(request_options, payload)


def error_of(kind, coroutine):
    try:
        asyncio.run(coroutine)
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


class Server:
    """Keeps what is put, gives what is got; blocks of `szx` at most."""

    def __init__(self, szx=6, body=b""):
        self.szx = szx
        self.body = body
        self.received = bytearray()
        self.etag = b"1"

    def __call__(self, request_options, payload):
        block1 = block_of(request_options, options.BLOCK1)
        block2 = block_of(request_options, options.BLOCK2)
        its_options = ()
        if payload or block1:
            offset = block1.offset if block1 else 0
            if offset != len(self.received):
                return Response(codes.REQUEST_ENTITY_INCOMPLETE, (), b"")
            self.received.extend(payload)
            if block1:
                szx = min(self.szx, block1.szx)
                number = block1.offset >> block1.szx + 4
                value = block_value(number << szx + 4, block1.more, szx)
                its_options += ((options.BLOCK1, value),)
                if block1.more:
                    return Response(codes.CONTINUE, its_options, b"")
        offset = block2.offset if block2 else 0
        szx = min(self.szx, block2.szx) if block2 else self.szx
        part = self.body[offset : offset + (16 << szx)]
        more = offset + len(part) < len(self.body)
        if more or block2:
            its_options += ((options.BLOCK2, block_value(offset, more, szx)),)
        its_options += ((options.ETAG, self.etag),)
        return Response(codes.CONTENT if self.body else codes.CHANGED, its_options, part)


def test_option_values():
    for text, block in VALUES:
        value = bytes.fromhex(text)
        assert block_of(((27, value),), 27) == Block(*block), text
        assert block_value(*block) == value, text
    assert block_of((), 27) is None
    for call, arguments, kind in (
        (block_of, (((27, b"\x07"),), 27), BlockError),
        (block_value, (8, False, 0), UsageError),
        (block_value, (1 << 30, False, 6), UsageError),
        (szx_for, (15,), UsageError),
    ):
        try:
            call(*arguments)
        except kind:
            continue
        raise AssertionError(arguments)
    assert [szx_for(size) for size in (16, 31, 32, 1023, 1024, 5000)] == [0, 0, 1, 5, 6, 6]


def test_64_kib_go_up_through_one_kib():
    body = bytes(range(256)) * 256
    for size in (0, 1, 1023, 1024, 1025, 65535, 65536):
        server = Server()
        wire = Wire(server)
        response = asyncio.run(upload(wire, codes.PUT, "/a", io.BytesIO(body[:size])))
        assert response.code == codes.CHANGED
        assert bytes(server.received) == body[:size]
        assert len(wire.asked) == max(1, (size + 1023) // 1024)
        # What fits one message is sent without the option.
        assert (wire.asked[0][0] is None) == (size <= 1024)


def test_64_kib_come_down_through_one_kib():
    body = bytes(range(256)) * 256
    for size in (1, 1024, 1025, 65536):
        sink = io.BytesIO()
        response = asyncio.run(download(Wire(Server(body=body[:size])), "/a", sink))
        assert (response.code, response.payload) == (codes.CONTENT, b"")
        assert sink.getvalue() == body[:size]


def test_the_server_asks_for_smaller_blocks_while_they_go_up():
    # RFC 7959, figure 8: 1:0/1/128, answered 1:0/1/32, goes on with 1:4/1/32.
    body = bytes(range(200))
    server = Server(szx=1)
    wire = Wire(server)
    asyncio.run(upload(wire, codes.PUT, "/options", io.BytesIO(body), block_size=128))
    assert wire.asked == [
        (Block(0, True, 3), None, 128),
        (Block(128, True, 1), None, 32),
        (Block(160, True, 1), None, 32),
        (Block(192, False, 1), None, 8),
    ]
    assert bytes(server.received) == body


def test_the_server_refuses_large_blocks_by_4_13():
    received = bytearray()

    def answer(request_options, payload):
        block = block_of(request_options, options.BLOCK1)
        if len(payload) > 32:
            hint = block_value(0, True, 1)
            return Response(codes.REQUEST_ENTITY_TOO_LARGE, ((options.BLOCK1, hint),), b"")
        received.extend(payload)
        value = options.first_of(request_options, options.BLOCK1)
        code = codes.CONTINUE if block.more else codes.CHANGED
        return Response(code, ((options.BLOCK1, value),), b"")

    wire = Wire(answer)
    response = asyncio.run(upload(wire, codes.PUT, "/a", io.BytesIO(bytes(range(100)))))
    assert response.code == codes.CHANGED
    assert bytes(received) == bytes(range(100))
    # Without a hint the body itself is too large: the answer is the caller's.
    wire = Wire(lambda _options, _payload: Response(codes.REQUEST_ENTITY_TOO_LARGE, (), b"no"))
    response = asyncio.run(upload(wire, codes.PUT, "/a", io.BytesIO(bytes(2000))))
    assert (response.code, response.payload, len(wire.asked)) == (0x8D, b"no", 1)


def test_the_server_gives_smaller_blocks_than_asked_for():
    # RFC 7959, figure 4: 2:0/0/64 is asked for after 2:0/1/128 was given.
    body = bytes(range(200))
    wire = Wire(Server(szx=2, body=body))
    sink = io.BytesIO()
    asyncio.run(download(wire, "/status", sink, block_size=128))
    assert [asked[1] for asked in wire.asked] == [
        Block(0, False, 3),
        Block(64, False, 2),
        Block(128, False, 2),
        Block(192, False, 2),
    ]
    assert sink.getvalue() == body


def test_a_large_request_and_a_large_response_in_one_exchange():
    # RFC 7959, figure 11: POST with Block1, then the response by Block2.
    server = Server(szx=2, body=bytes(range(150)))
    wire = Wire(server)
    sink = io.BytesIO()
    source = io.BytesIO(bytes(range(100)))
    transfer = Transfer(codes.POST, options.path_options("/soap"), source, sink, block_size=64)
    asyncio.run(transfer.run(wire))
    assert wire.asked == [
        (Block(0, True, 2), None, 64),
        (Block(64, False, 2), None, 36),
        (None, Block(64, False, 2), 0),
        (None, Block(128, False, 2), 0),
    ]
    assert sink.getvalue() == bytes(range(150))


def test_a_port_that_carries_little_gets_small_blocks():
    wire = Wire(Server(), max_datagram=256)
    asyncio.run(upload(wire, codes.PUT, "/a", io.BytesIO(bytes(500))))
    assert wire.asked[0][0] == Block(0, True, 3)


def test_an_interrupted_transfer_goes_on_where_it_stopped():
    server = Server(body=bytes(range(256)) * 10)
    count = [0]

    def flaky(request_options, payload):
        count[0] += 1
        if count[0] % 3 == 2:
            raise CoapTimeout("no answer")
        return server(request_options, payload)

    wire = Wire(flaky)
    source = io.BytesIO(bytes(3000))
    sink = io.BytesIO()
    transfer = Transfer(codes.POST, (), source, sink, block_size=256)
    breaks = 0
    while True:
        try:
            asyncio.run(transfer.run(wire))
            break
        except CoapTimeout:
            breaks += 1
    assert breaks > 5
    assert bytes(server.received) == bytes(3000)
    assert sink.getvalue() == server.body
    # A new life goes on with what it noted of the old one.
    sink = io.BytesIO()
    sink.write(server.body[:1100])
    transfer = Transfer(codes.GET, (), None, sink, position=1100 // 64 * 64, etag=b"1")
    sink.seek(transfer.position)
    asyncio.run(transfer.run(Wire(server)))
    assert sink.getvalue() == server.body


def test_a_server_that_lost_its_half_is_given_all_again():
    server = Server()

    def forgetful(request_options, payload):
        if len(server.received) == 768 and server.etag == b"1":
            server.etag = b"2"
            server.received = bytearray()
        return server(request_options, payload)

    source = io.BytesIO(bytes(range(256)) * 8)
    transfer = Transfer(codes.PUT, (), source, block_size=256, restart=lambda: source.seek(0))
    assert asyncio.run(transfer.run(Wire(forgetful))).code == codes.CHANGED
    assert bytes(server.received) == bytes(range(256)) * 8

    server = Server()
    error = error_of(
        RestartNeeded,
        upload(Wire(forgetful), codes.PUT, "/", io.BytesIO(bytes(2000)), block_size=256),
    )
    assert "768 bytes" in str(error)


def test_a_resource_that_changes_meanwhile_is_fetched_anew():
    for restarts in (True, False):
        server = Server(szx=4, body=bytes(1000))

        def changing(request_options, payload, server=server):
            if block_of(request_options, options.BLOCK2).offset == 512:
                if server.etag == b"1":
                    server.etag = b"2"
                    server.body = bytes(range(200)) * 4
            return server(request_options, payload)

        sinks = [io.BytesIO()]

        class Sink:
            def write(self, data, sinks=sinks):
                sinks[-1].write(data)

        restart = (lambda sinks=sinks: sinks.append(io.BytesIO())) if restarts else None
        running = download(Wire(changing), "/a", Sink(), restart=restart)
        if restarts:
            asyncio.run(running)
            assert sinks[-1].getvalue() == server.body
        else:
            assert "changed after 512 bytes" in str(error_of(RestartNeeded, running))


def test_a_server_that_never_settles_is_given_up():
    server = Server(szx=0, body=bytes(100))
    count = [0]

    def restless(request_options, payload):
        count[0] += 1
        server.etag = b"%d" % count[0]
        return server(request_options, payload)

    error_of(RestartNeeded, download(Wire(restless), "/", io.BytesIO(), restart=lambda: None))
    assert count[0] < 12


def test_the_server_is_asked_how_much_it_is_and_may_tell():
    asked = []

    def answer(request_options, payload):
        asked.append(options.first_of(request_options, options.SIZE2))
        block = block_of(request_options, options.BLOCK2)
        its_options = ((options.BLOCK2, block_value(block.offset, block.offset == 0, 6)),)
        its_options += ((options.SIZE2, options.uint_value(1500)),)
        return Response(codes.CONTENT, its_options, bytes(476 if block.offset else 1024))

    transfer = Transfer(codes.GET, (), None, io.BytesIO())
    asyncio.run(transfer.run(Wire(answer)))
    assert asked == [b"", None]
    assert (transfer.total, transfer.position) == (1500, 1500)


def test_rules_that_a_server_may_break():
    for code, number, value, payload in (
        (codes.CONTENT, options.BLOCK2, block_value(64, True, 2), bytes(64)),
        (codes.CONTENT, options.BLOCK2, block_value(0, True, 2), bytes(63)),
        (codes.CONTENT, options.BLOCK2, block_value(0, True, 6), bytes(1024)),
        (codes.CONTENT, options.BLOCK2, b"\x0f", bytes(64)),
    ):
        response = Response(code, ((number, value),), payload)
        wire = Wire(lambda _options, _payload, response=response: response)
        error_of(BlockError, download(wire, "/", io.BytesIO(), block_size=64))
    # 2.31 to a last block: what was sent is not taken, whatever the class of the code says.
    wire = Wire(lambda _options, _payload: Response(codes.CONTINUE, (), b""))
    error_of(BlockError, upload(wire, codes.PUT, "/", io.BytesIO(bytes(9)), block_size=64))
    for its_options in ((), ((options.BLOCK1, block_value(64, True, 2)),)):
        response = Response(codes.CONTINUE, its_options, b"")
        wire = Wire(lambda _options, _payload, response=response: response)
        error_of(BlockError, upload(wire, codes.PUT, "/", io.BytesIO(bytes(99)), block_size=64))


def test_an_answer_to_another_block_than_the_one_sent_is_told_with_its_place():
    for offset, szx in ((64, 2), (1024, 6), (48, 0)):
        value = block_value(offset, True, szx)

        def answer(request_options, payload, value=value):
            block = block_of(request_options, options.BLOCK1)
            code = codes.CONTINUE if block.more else codes.CHANGED
            return Response(code, ((options.BLOCK1, value),), b"")

        running = upload(Wire(answer), codes.PUT, "/", io.BytesIO(bytes(99)), block_size=64)
        assert "did not acknowledge the block at 0" in str(error_of(BlockError, running))


def test_smaller_blocks_asked_for_in_the_middle_begin_again_or_say_what_is_missing():
    # RFC 7959, 2.9.3: what was sent before a 4.13 is not kept.
    for is_given in (True, False):
        received = bytearray()

        def answer(request_options, payload, received=received):
            block = block_of(request_options, options.BLOCK1)
            if block.offset and len(payload) > 16:
                received[:] = b""
                hint = block_value(0, True, 0)
                return Response(codes.REQUEST_ENTITY_TOO_LARGE, ((options.BLOCK1, hint),), b"")
            assert block.offset == len(received)
            received.extend(payload)
            value = options.first_of(request_options, options.BLOCK1)
            code = codes.CONTINUE if block.more else codes.CHANGED
            return Response(code, ((options.BLOCK1, value),), b"")

        source = io.BytesIO(bytes(range(200)))
        restart = (lambda source=source: source.seek(0)) if is_given else None
        running = upload(Wire(answer), codes.PUT, "/", source, block_size=64, restart=restart)
        if is_given:
            assert asyncio.run(running).code == codes.CHANGED
            assert bytes(received) == bytes(range(200))
        else:
            error = error_of(RestartNeeded, running)
            assert "refused blocks of 64 bytes" in str(error)
            assert "give `restart`" in str(error)


def test_a_first_block_that_is_called_incomplete_is_answered_for_good():
    # Nothing came before it that the server could have lost: sending it again helps nobody.
    for size in (9, 200):
        wire = Wire(lambda _o, _p: Response(codes.REQUEST_ENTITY_INCOMPLETE, (), b"no"))
        begun = []
        running = upload(
            wire,
            codes.PUT,
            "/",
            io.BytesIO(bytes(size)),
            block_size=64,
            restart=lambda begun=begun: begun.append(1),
        )
        response = asyncio.run(running)
        assert (response.code, response.payload, len(wire.asked)) == (0x88, b"no", 1)
        assert begun == []


def test_a_transfer_begins_again_three_times_and_no_more():
    for changes, is_given_up in ((3, False), (4, True)):
        begun = []

        def restless(request_options, payload, begun=begun, changes=changes):
            offset = block_of(request_options, options.BLOCK2).offset
            is_changed = offset > 0 and len(begun) < changes
            its_options = (
                (options.ETAG, b"%d" % (len(begun) + is_changed)),
                (options.BLOCK2, block_value(offset, offset < 192, 2)),
            )
            return Response(codes.CONTENT, its_options, bytes(64))

        running = download(
            Wire(restless), "/", io.BytesIO(), restart=lambda begun=begun: begun.append(1)
        )
        if is_given_up:
            assert "changed after 64 bytes" in str(error_of(RestartNeeded, running))
        else:
            assert asyncio.run(running).code == codes.CONTENT
        assert len(begun) == 3


def test_blocks_leave_room_for_a_header_a_token_and_the_options():
    path = ((options.URI_PATH, b"a"),)
    query = ((options.URI_QUERY, b"t=gps"),)
    for max_datagram, its_options, szx in (
        (24 + 64, (), 2),
        (24 + 63, (), 1),
        (24 + 4 + 64, path, 2),
        (24 + 4 + 63, path, 1),
        (24 + 4 + 8 + 64, path + query, 2),
        (24 + 4 + 8 + 63, path + query, 1),
    ):
        wire = Wire(Server(), max_datagram)
        transfer = Transfer(codes.PUT, its_options, io.BytesIO(bytes(200)))
        asyncio.run(transfer.run(wire))
        assert wire.asked[0][0] == Block(0, True, szx), (max_datagram, its_options)
    try:
        asyncio.run(Transfer(codes.PUT, (), io.BytesIO(b"")).run(Wire(Server(), 24 + 15)))
    except UsageError as error:
        assert "16 bytes at least, not 15" in str(error)
    else:
        raise AssertionError("no block fits, and nothing was said")


def test_the_size_of_an_upload_is_told_with_its_first_block_where_it_is_known():
    for size, told in ((200, b"\xc8"), (None, None)):
        sizes = []
        server = Server()

        def answer(request_options, payload, sizes=sizes, server=server):
            sizes.append(options.first_of(request_options, options.SIZE1))
            return server(request_options, payload)

        source = io.BytesIO(bytes(200))
        transfer = Transfer(codes.PUT, (), source, block_size=64, size=size)
        asyncio.run(transfer.run(Wire(answer)))
        assert sizes == [told, None, None, None]
