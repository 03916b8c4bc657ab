"""Block-wise transfer, the server's side (RFC 7959).

    block_wise = BlockWise(settings, refusal)
    taken = block_wise.receive(request, message.options, now_ms)    # a Response, or a Whole
    response = block_wise.finish(whole, response_of_the_resource, now_ms)

A resource sees whole bodies only. One transfer is kept per peer, method and URI, so blocks of two
are never mixed; a first block starts it again (RFC 7959, 2.5).
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

from nce.coap import codes, options
from nce_sim.endpoints.coap.request import CoapPeer, Options, Refusal, Request, Response
from nce_sim.endpoints.coap.settings import CoapSettings

_Key = tuple[CoapPeer, int, str, tuple[str, ...], "str | None"]

# Looked up once: the SDK's module searches for its rarer names each time.
_BLOCK1, _BLOCK2 = options.BLOCK1, options.BLOCK2


class Block(NamedTuple):
    """The value of a Block1 or Block2 option (RFC 7959, 2.2)."""

    number: int
    more: bool
    exponent: int  # SZX: blocks have 2 ** (exponent + 4) bytes

    @property
    def size(self) -> int:
        return 16 << self.exponent

    @property
    def offset(self) -> int:
        return self.number * self.size

    def encode(self) -> bytes:
        return options.uint_value(self.number << 4 | self.more << 3 | self.exponent)


class BadBlock(ValueError):
    """A block option with the reserved size; it meets 4.00 (RFC 7959, 2.2)."""


def block_of(listed: Options, number: int) -> Block | None:
    """The Block1 or Block2 among the options, or None; BadBlock for the reserved size."""
    value = options.first_of(listed, number)
    if value is None:
        return None
    bits = options.uint_of(value)
    if bits & 7 == 7:
        raise BadBlock("SZX 7 is reserved")
    return Block(bits >> 4, bool(bits & 8), bits & 7)


@dataclass
class _Transfer:
    body: bytearray
    content_format: int | None
    until_ms: int
    response: Response | None = None


class Whole(NamedTuple):
    """A request with its whole body, and what its response has to fit."""

    request: Request
    key: _Key
    block1: Block | None = None
    block2: Block | None = None
    upload: _Transfer | None = None


class _Shelf:
    """Transfers by their key, bounded in number and time."""

    def __init__(self, settings: CoapSettings) -> None:
        self._settings = settings
        self._transfers: OrderedDict[_Key, _Transfer] = OrderedDict()

    def put(self, key: _Key, transfer: _Transfer) -> None:
        self._transfers.pop(key, None)
        while len(self._transfers) >= self._settings.max_transfers:
            self._transfers.popitem(last=False)
        self._transfers[key] = transfer

    def put_back(self, key: _Key, transfer: _Transfer, now_ms: int) -> None:
        if key not in self._transfers:
            transfer.until_ms = now_ms + self._settings.transfer_timeout_ms
            self.put(key, transfer)

    def get(self, key: _Key, now_ms: int) -> _Transfer | None:
        transfer = self._transfers.get(key)
        if transfer is None or now_ms >= transfer.until_ms:
            self.drop(key)
            return None
        transfer.until_ms = now_ms + self._settings.transfer_timeout_ms
        self._transfers.move_to_end(key)
        return transfer

    def drop(self, key: _Key) -> None:
        self._transfers.pop(key, None)

    def expire(self, now_ms: int) -> None:
        # All live equally long, so the least recently used one ends first.
        while self._transfers:
            key, oldest = next(iter(self._transfers.items()))
            if now_ms < oldest.until_ms:
                return
            del self._transfers[key]


class BlockWise:
    """Puts uploads together and takes large responses apart."""

    def __init__(self, settings: CoapSettings, refusal: Refusal = lambda request: None) -> None:
        self._settings = settings
        self._refusal = refusal
        self._exponent = settings.block_bytes.bit_length() - 5
        self._uploads = _Shelf(settings)
        self._downloads = _Shelf(settings)

    def receive(self, request: Request, listed: Options, now_ms: int) -> Response | Whole:
        """Take a request or one block of it: answered here, or whole and for a resource."""
        self._uploads.expire(now_ms)
        self._downloads.expire(now_ms)
        try:
            block1 = block_of(listed, _BLOCK1)
            block2 = block_of(listed, _BLOCK2)
        except BadBlock as error:
            return Response(codes.BAD_REQUEST, str(error).encode())
        key = (
            request.peer.endpoint,
            request.method,
            request.path,
            request.queries,
            request.proxy_uri,
        )
        if block2 is not None and block2.number:
            return self._later_block(key, request, block2, now_ms)
        if block1 is None:
            return Whole(request, key, None, block2)
        size1 = options.first_of(listed, options.SIZE1)
        return self._upload(
            key, request, block1, block2, 0 if size1 is None else options.uint_of(size1), now_ms
        )

    def finish(self, whole: Whole, response: Response, now_ms: int) -> Response:
        """The response to send: a resource's, or its first block."""
        if whole.upload is not None and response.code == codes.SERVICE_UNAVAILABLE:
            # Nothing came of it: the last block may come again, unless there is a new beginning.
            self._uploads.put_back(whole.key, whole.upload, now_ms)
        response = self._sliced(whole.key, response, whole.block2, now_ms)
        if whole.block1 is None:
            return response
        return _with(response, ((options.BLOCK1, whole.block1.encode()),))

    # -- uploads ---------------------------------------------------------------------------

    def _upload(
        self,
        key: _Key,
        request: Request,
        block: Block,
        block2: Block | None,
        announced_bytes: int,
        now_ms: int,
    ) -> Response | Whole:
        if block.number == 0:
            refused = self._refusal(request)
            if refused is not None:
                return refused
            until_ms = now_ms + self._settings.transfer_timeout_ms
            self._uploads.put(key, _Transfer(bytearray(), request.content_format, until_ms))
        upload = self._uploads.get(key, now_ms)
        if upload is None or upload.content_format != request.content_format:
            return self._incomplete(key, block)
        if block.more and len(request.payload) != block.size:
            self._uploads.drop(key)
            text = f"{len(request.payload)} bytes in a block of {block.size}"
            return Response(codes.BAD_REQUEST, text.encode())
        if max(block.offset + len(request.payload), announced_bytes) > (
            self._settings.upload_max_bytes
        ):
            self._uploads.drop(key)
            return self._too_large(block)
        # A client whose answer was lost may send its last block again, as a new message.
        is_repeat = bool(request.payload) and upload.body[block.offset :] == request.payload
        if not is_repeat:
            if len(upload.body) != block.offset:
                return self._incomplete(key, block)
            upload.body += request.payload
        if block.more:
            # RFC 7959, 2.3: a smaller size here asks the client to go on with that one.
            wanted = block._replace(exponent=min(block.exponent, self._exponent))
            return Response(codes.CONTINUE, b"", ((options.BLOCK1, wanted.encode()),))
        self._uploads.drop(key)
        whole = request._replace(payload=bytes(upload.body))
        return Whole(whole, key, block, block2, upload)

    def _incomplete(self, key: _Key, block: Block) -> Response:
        self._uploads.drop(key)
        text = f"block {block.number} does not follow the ones before; begin again"
        return Response(codes.REQUEST_ENTITY_INCOMPLETE, text.encode())

    def _too_large(self, block: Block) -> Response:
        # RFC 7959, 2.9.3 and 4: Size1 tells what would have been possible.
        wanted = block._replace(more=False, exponent=min(block.exponent, self._exponent))
        limit = options.uint_value(self._settings.upload_max_bytes)
        return Response(
            codes.REQUEST_ENTITY_TOO_LARGE,
            b"",
            ((options.BLOCK1, wanted.encode()), (options.SIZE1, limit)),
        )

    # -- downloads -------------------------------------------------------------------------

    def _later_block(
        self, key: _Key, request: Request, block: Block, now_ms: int
    ) -> Response | Whole:
        kept = self._downloads.get(key, now_ms)
        if kept is not None and kept.response is not None:
            return self._slice(kept.response, block)
        if request.method == codes.GET:
            return Whole(request, key, None, block)
        text = "the response that has this block is no longer kept"
        return Response(codes.REQUEST_ENTITY_INCOMPLETE, text.encode())

    def _sliced(self, key: _Key, response: Response, block: Block | None, now_ms: int) -> Response:
        asked = block or Block(0, False, self._exponent)
        wanted = asked._replace(exponent=min(asked.exponent, self._exponent))
        if not asked.number and len(response.payload) <= wanted.size:
            return response
        until_ms = now_ms + self._settings.transfer_timeout_ms
        # Kept, so that all blocks are of one representation even if the resource changes.
        self._downloads.put(key, _Transfer(bytearray(), None, until_ms, response))
        return self._slice(response, asked)

    def _slice(self, response: Response, asked: Block) -> Response:
        exponent = min(asked.exponent, self._exponent)
        block = Block(asked.offset >> (exponent + 4), False, exponent)
        payload = response.payload[block.offset : block.offset + block.size]
        if not payload:
            return Response(codes.BAD_REQUEST, f"there is no block {asked.number}".encode())
        is_last = block.offset + block.size >= len(response.payload)
        listed = [
            (options.ETAG, hashlib.sha256(response.payload).digest()[:4]),
            (options.BLOCK2, block._replace(more=not is_last).encode()),
        ]
        if not block.number:
            listed.append((options.SIZE2, options.uint_value(len(response.payload))))
        return _with(response._replace(payload=payload), tuple(listed))


def _with(response: Response, more: Options) -> Response:
    return response._replace(
        options=tuple(sorted(response.options + more, key=lambda one: one[0]))
    )
