"""Bodies larger than a datagram, up and down, through one small buffer (RFC 7959).

    from nce.coap.options import path_options

    with open("image.bin", "wb") as file:
        response = await download(client, "/image", file)
    with open("log.txt", "rb") as file:
        response = await upload(client, PUT, "/log", file)

A source has `readinto(buffer)`, a sink has `write(data)`: files have both. A `Transfer` that ended
in an `OSError` goes on where it stopped when it is run again, over the same client or a new one:

    transfer = Transfer(PUT, path_options("/log"), source=file)
    while True:
        try:
            response = await transfer.run(client)
            break
        except NetworkError:
            ...  # attach, connect again
"""

from nce.coap import options
from nce.coap.block import BlockError, block_of, block_value, size_of, szx_for
from nce.coap.client import Response
from nce.coap.codes import GET, is_success
from nce.const import const
from nce.errors import PeerError

if 1 - 1:
    from nce.coap.client import CoapClient
    from nce.seams import Any, Callable, Options, Sequence


_SIZE2 = const(28)
_SIZE1 = const(60)
_CONTINUE = const(0x5F)  # 2.31
_INCOMPLETE = const(0x88)  # 4.08: the server lost, or never had, what came before this block
_TOO_LARGE = const(0x8D)  # 4.13
# How often one transfer begins again from its first byte.
_MOST_RESTARTS = const(3)


class RestartNeeded(PeerError):
    """The resource changed, or the server lost its half, and nothing was given to begin again."""


class Transfer:
    """One request whose body goes up from `source`, whose response's body comes down into `sink`.

    block_size: the largest block in bytes, 16 to 1024; it is all that is held in memory.
    size: bytes of the source when known; the server is told (Size1).
    restart: called when everything has to begin again from the first byte (the server lost its
        half, or the resource changed); it rewinds source and empties sink. None forbids that.
    position, etag: where an interrupted download goes on, and of which version.
    """

    def __init__(
        self,
        method: int,
        request_options: "Options",
        source: "Any" = None,
        sink: "Any" = None,
        block_size: int = 1024,
        size: "int | None" = None,
        restart: "Callable[[], object] | None" = None,
        position: int = 0,
        etag: "bytes | None" = None,
    ) -> None:
        self._method = method
        self._options = tuple(request_options)
        self._source = source
        self._sink = sink
        self._restart = restart
        self._restarts = 0
        self._szx = szx_for(block_size)
        self._size = size
        self._held = 0  # bytes of the source in the buffer, from `position` on
        # One byte more than a block: it tells whether another block follows.
        self._buffer = bytearray(size_of(self._szx) + 1 if source else 0)
        self._is_up = source is not None
        self._has_sent = self._is_up
        self.position = position  # bytes that the other side, or the sink, has
        self.etag = etag
        self.total: "int | None" = (
            None  # bytes of the response's body when the server told (Size2)
        )

    async def run(self, client: "CoapClient") -> "Response":
        """Transfer the rest; the last `Response`, whose payload is only what found no sink.

        Its code tells of success, as a request's does. Raises `RestartNeeded`, `BlockError`
        when the server breaks the rules, and what `CoapClient.request` raises.
        """
        # The room in a datagram, less header, token, Block and Size options, and the options.
        room = client.endpoint.max_datagram - 24
        for _number, value in self._options:
            room -= len(value) + 3
        self._szx = min(self._szx, szx_for(room))
        while True:
            request_options, payload = self.next_request()
            response = await client.exchange(self._method, request_options, payload)
            if self.receive(response):
                # A copy without the last block, which is in the sink.
                kept = response.payload if self._sink is None else b""
                if not is_success(response.code):
                    kept = response.payload
                return Response(response.code, response.options, kept)

    def next_request(self) -> "tuple[Options, bytes]":
        """`(options, payload)` of the request for the next block."""
        if self._is_up:
            return self._next_upload()
        # A download may go on at any offset that its block size divides.
        while self.position & size_of(self._szx) - 1 and self._szx:
            self._szx -= 1
        value = block_value(self.position, False, self._szx)
        request_options = self._options + ((options.BLOCK2, value),)
        if not self.position:
            request_options += ((_SIZE2, b""),)  # 4: how much is it?
        return request_options, b""

    def receive(self, response: "Response") -> bool:
        """Take the response to it; True when the transfer has ended."""
        if not self._is_up:
            return self._receive_download(response)
        if not self._receive_upload(response):
            return False
        if not is_success(response.code):
            return True
        self._is_up = False
        self.position = 0
        return self._receive_download(response)

    def _next_upload(self) -> "tuple[Options, bytes]":
        size = size_of(self._szx)
        view = memoryview(self._buffer)
        while self._held <= size:
            count = self._source.readinto(view[self._held : size + 1])
            if not count:
                break
            self._held += count
        more = self._held > size
        payload = bytes(view[: min(size, self._held)])
        request_options = self._options
        if more or self.position:
            value = block_value(self.position, more, self._szx)
            request_options += ((options.BLOCK1, value),)
            if self._size is not None and not self.position:
                request_options += ((_SIZE1, options.uint_value(self._size)),)
        return request_options, payload

    def _receive_upload(self, response: "Response") -> bool:
        block = block_of(response.options, options.BLOCK1)
        size = size_of(self._szx)
        if response.code == _TOO_LARGE and block and block.szx < self._szx:
            # 2.9.3: smaller blocks, please. What was sent is not kept, and still in the buffer.
            if self.position:
                self._begin_again("the server refused blocks of %d bytes" % size)
            self._szx = block.szx
            return False
        if response.code == _INCOMPLETE and self.position:
            self._begin_again("the server lost the first %d bytes" % self.position)
            return False
        if response.code == _CONTINUE and self._held <= size:
            raise BlockError("the server waits for more after the last block")
        if not is_success(response.code) or self._held <= size:
            return True
        # 2.3: the response repeats the number, also when it asks for smaller blocks from now on.
        if block is None or block.offset >> block.szx + 4 != self.position >> self._szx + 4:
            raise BlockError("the server did not acknowledge the block at %d" % self.position)
        self._buffer[: self._held - size] = self._buffer[size : self._held]
        self._held -= size
        self.position += size
        self._szx = min(self._szx, block.szx)
        return False

    def _receive_download(self, response: "Response") -> bool:
        if not is_success(response.code):
            return True
        block = block_of(response.options, options.BLOCK2)
        etag = options.first_of(response.options, options.ETAG)
        total = options.first_of(response.options, _SIZE2)
        if total is not None:
            self.total = options.uint_of(total)
        if self.position and (etag != self.etag or block is None):
            self._begin_again("the resource changed after %d bytes" % self.position)
            self.etag = None
            return False
        self.etag = etag
        if block is not None:
            # After an upload nothing was asked for: the first block may be larger than ours.
            is_asked = self.position or not self._has_sent
            if block.offset != self.position or (is_asked and block.szx > self._szx):
                raise BlockError(
                    "asked for %d bytes at %d, got a block of %d at %d"
                    % (size_of(self._szx), self.position, size_of(block.szx), block.offset)
                )
            if block.more and len(response.payload) != size_of(block.szx):
                raise BlockError("a block of %d bytes, cut short" % len(response.payload))
            self._szx = block.szx
        if self._sink is None:
            return True
        if response.payload:
            self._sink.write(response.payload)
        self.position += len(response.payload)
        return block is None or not block.more

    def _begin_again(self, reason: str) -> None:
        # A response of which the first part was read cannot be asked for twice: the request that
        # brought it would be carried out twice.
        is_repeatable = self._is_up or not self._has_sent
        self._restarts += 1
        if self._restart is None or not is_repeatable or self._restarts > _MOST_RESTARTS:
            raise RestartNeeded(
                "%s: begin the transfer again from its first byte (give `restart`)" % reason
            )
        self._restart()
        self._held = 0
        self.position = 0


async def download(
    client: "CoapClient",
    path: str,
    sink: "Any",
    query: "Sequence[str] | str" = (),
    block_size: int = 1024,
    restart: "Callable[[], object] | None" = None,
) -> "Response":
    """GET a body of any size into `sink`; its `Response`."""
    request_options = options.path_options(path) + options.query_options(query)
    transfer = Transfer(GET, request_options, None, sink, block_size, None, restart)
    return await transfer.run(client)


async def upload(
    client: "CoapClient",
    method: int,
    path: str,
    source: "Any",
    query: "Sequence[str] | str" = (),
    block_size: int = 1024,
    restart: "Callable[[], object] | None" = None,
) -> "Response":
    """Send a body of any size from `source`; the `Response`."""
    request_options = options.path_options(path) + options.query_options(query)
    transfer = Transfer(method, request_options, source, None, block_size, None, restart)
    return await transfer.run(client)
