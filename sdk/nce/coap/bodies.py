"""Bodies larger than a datagram, on the serving side (RFC 7959): loaded when the first one comes.

A response is cut where the request asks: nothing is kept between its blocks, so that the handler
runs for each (it should give an ETag when its content may change meanwhile). Its payload is bytes,
or a source with `seek` and `readinto` of which one block at a time is read. The answer to a method
that changes something is kept instead: the handler runs once.

An upload goes to the sink that the resource's `open_body(request)` returns, block by block, or, up
to `Site.max_body` bytes, into memory; the handler runs when the last block is there. The sink of
an upload that breaks off is closed when it can be; one with `resume(offset)` that returns True
there goes on in the middle, after a restart, say. One upload of
a peer and path at a time; blocks come in order, as a client with NSTART 1 sends them.
"""

from nce.coap import codes, options
from nce.coap.block import BlockError, block_of, block_value, size_of, szx_for
from nce.coap.responder import Answer
from nce.const import const

if 1 - 1:
    from nce.coap.parts import Parts
    from nce.coap.responder import Request
    from nce.seams import Any, Options


_SIZE2 = const(28)
_SIZE1 = const(60)
# Uploads under way at once; the one that has rested longest makes room.
_MOST_UPLOADS = const(4)
# Answers kept for their later blocks.
_MOST_KEPT = const(2)
# An upload that rests for longer is forgotten: EXCHANGE_LIFETIME (RFC 7959, 2.4).
_REST_MS = const(247000)


class _Upload:
    last_offset = -1
    touched_ms: "int"
    offset = 0

    def __init__(self, key: object, sink: "Any") -> None:
        self.key = key
        self.sink = sink
        self.gathered = bytearray()


class Bodies:
    """Uploads under way, and the cutting of answers, of one `Site`."""

    def __init__(self, site: "Parts") -> None:
        self._site = site
        self._uploads: "list[_Upload]" = []
        # (key, answer, kept at ms), of which a later block may be asked for
        self._kept: "list[tuple[Any, Answer, int]]" = []
        # (key, last Block1, answer, at ms): uploads that are done with
        self._taken: "list[tuple[Any, bytes | None, Answer, int]]" = []

    def receive(self, request: "Request", resource: "Any", now_ms: int) -> "Answer | None":
        """Take a block; the `Answer` to it, or None when the body is whole in `request`."""
        try:
            block: "Any" = block_of(request.options, options.BLOCK1)
        except BlockError:
            return Answer(codes.BAD_REQUEST, (), b"")
        szx = min(block.szx, szx_for(self._site.upload_size_for(request)))
        # The response repeats the number, under the size that we would rather have (2.3).
        number = block.offset >> block.szx + 4
        echo = ((options.BLOCK1, block_value(number << szx + 4, block.more, szx)),)
        size = size_of(block.szx)
        if len(request.payload) > size or (block.more and len(request.payload) < size):
            return Answer(codes.BAD_REQUEST, echo, b"")
        # Without an order to them, two uploads of one peer to one path would mix (2.5).
        key = _key(request)
        upload = self._find(key, now_ms)
        if block.offset == 0:
            if upload is not None:
                self._drop(upload)
            upload = self._begin(key, request, resource)
            if upload is None:
                return self._too_large()  # 4: told before the body has crossed the air
        elif upload is None:
            answer = self._again(key, request, echo, now_ms)
            upload = self._resumed(answer, key, request, resource, block.offset)
            if upload is None:
                return answer
        elif block.more and block.offset == upload.last_offset:
            # Sent again under a new message ID: the client missed our answer.
            upload.touched_ms = now_ms
            return Answer(codes.CONTINUE, echo, b"")
        elif block.offset != upload.offset:
            return Answer(codes.REQUEST_ENTITY_INCOMPLETE, echo, b"")
        upload.touched_ms = now_ms
        if not self._keep(upload, request.payload):
            return self._too_large()
        upload.last_offset = block.offset
        upload.offset = block.offset + len(request.payload)
        if block.more:
            return Answer(codes.CONTINUE, echo, b"")
        self._uploads.remove(upload)
        request.body = upload.sink
        request.payload = bytes(upload.gathered)
        return None

    def kept(self, request: "Request", now_ms: int) -> "Answer | None":
        """The answer whose later block is asked for; None when the first one is."""
        try:
            block = block_of(request.options, options.BLOCK2)
        except BlockError:
            return Answer(codes.BAD_REQUEST, (), b"")
        if block is None or block.offset == 0:
            return None
        for key, answer, kept_ms in self._kept:
            if key == _key(request) and now_ms - kept_ms < _REST_MS:
                return answer
        return Answer(codes.REQUEST_ENTITY_INCOMPLETE, (), b"")

    def cut(self, request: "Request", answer: "Answer", now_ms: int) -> "Answer":
        """The block of an answer that the request asks for, under what the request tells."""
        its_options = tuple(answer.options)
        block1 = request.option(options.BLOCK1)
        if block1 is not None and options.first_of(its_options, options.BLOCK1) is None:
            its_options += ((options.BLOCK1, block1),)  # 2.3: the last block, taken
            taken = [one for one in self._taken if one[0] != _key(request)]
            self._taken = taken[1 - _MOST_KEPT :]
            self._taken.append((_key(request), block1, answer, now_ms))
        payload = answer.payload
        most = self._site.block_size_for(request)
        is_bytes = isinstance(payload, (bytes, bytearray))
        try:
            asked = block_of(request.options, options.BLOCK2)
        except BlockError:
            return Answer(codes.BAD_REQUEST, (), b"")
        if (asked is None and is_bytes and len(payload) <= most) or (
            not codes.is_success(answer.code)
        ):
            return Answer(answer.code, its_options, payload)
        offset = asked.offset if asked else 0
        szx = szx_for(most)
        if asked:
            szx = min(asked.szx, szx)
        size = size_of(szx)
        if is_bytes:
            part = payload[offset : offset + size + 1]
        else:
            part = _read(payload, offset, size + 1)
        if offset and not part:
            return Answer(codes.BAD_REQUEST, (), b"")  # 2.4: past the end
        more = len(part) > size
        if more and not offset and request.code not in (codes.GET, codes.FETCH):
            kept = [one for one in self._kept if one[0] != _key(request)]
            self._kept = kept[1 - _MOST_KEPT :]
            self._kept.append((_key(request), answer, now_ms))
        if asked or more:
            its_options += ((options.BLOCK2, block_value(offset, more, szx)),)
        if not offset and request.option(_SIZE2) is not None:
            whole = len(payload) if is_bytes else payload.seek(0, 2)
            its_options += ((_SIZE2, options.uint_value(whole)),)
        return Answer(answer.code, its_options, bytes(part[:size]))

    def _find(self, key: object, now_ms: int) -> "_Upload | None":
        found = None
        for upload in list(self._uploads):
            if now_ms - upload.touched_ms >= _REST_MS:
                self._drop(upload)
            elif upload.key == key:
                found = upload
                self._uploads.remove(upload)
                self._uploads.append(upload)  # those that rest are the first to go
        return found

    def _again(self, key: object, request: "Request", echo: "Options", now_ms: int) -> "Answer":
        last = request.option(options.BLOCK1)
        for known, block1, answer, taken_ms in self._taken:
            # The last block again, under a new message ID: the client missed our answer.
            if known == key and block1 == last and now_ms - taken_ms < _REST_MS:
                return self.cut(request, answer, now_ms)
        return Answer(codes.REQUEST_ENTITY_INCOMPLETE, echo, b"")

    def _begin(self, key: object, request: "Request", resource: "Any") -> "_Upload | None":
        size = request.option(_SIZE1)
        if not resource.open_body and size and options.uint_of(size) > self._site.max_body:
            return None
        if len(self._uploads) >= _MOST_UPLOADS:
            self._drop(self._uploads[0])
        upload = _Upload(key, resource.open_body(request) if resource.open_body else None)
        self._uploads.append(upload)
        return upload

    def _keep(self, upload: "_Upload", data: bytes) -> bool:
        """Take bytes; whether there was room."""
        if upload.sink is not None:
            upload.sink.write(data)
        elif len(upload.gathered) + len(data) > self._site.max_body:
            self._drop(upload)
            return False
        else:
            upload.gathered.extend(data)
        return True

    def _resumed(
        self,
        answer: "Answer",
        key: object,
        request: "Request",
        resource: "Any",
        offset: int,
    ) -> "_Upload | None":
        """An upload of an earlier life, where its sink goes on in the middle."""
        if answer.code != codes.REQUEST_ENTITY_INCOMPLETE or not resource.open_body:
            return None
        sink: "Any" = resource.open_body(request)
        if not hasattr(sink, "resume") or not sink.resume(offset):
            if hasattr(sink, "close"):
                sink.close()
            return None
        upload = _Upload(key, sink)
        upload.offset = offset
        self._uploads.append(upload)
        return upload

    def _drop(self, upload: "_Upload") -> None:
        self._uploads.remove(upload)
        if hasattr(upload.sink, "close"):
            upload.sink.close()

    def _too_large(self) -> "Answer":
        size = ((_SIZE1, options.uint_value(self._site.max_body)),)
        return Answer(codes.REQUEST_ENTITY_TOO_LARGE, size, b"")


def _key(request: "Request") -> "tuple[Any, int, Options]":
    return request.peer, request.code, request.options_key()


def _read(source: "Any", offset: int, size: int) -> bytearray:
    source.seek(offset)
    buffer = bytearray(size)
    view = memoryview(buffer)
    held = 0
    while held < size:
        count = source.readinto(view[held:])
        if not count:
            break
        held += count
    return buffer[:held]
