"""What a server asks of the objects: read, and by late rooms all else
(LwM2M 1.1, 6.3 to 6.4.2).

| request | operation |
|---|---|
| GET /o[/i[/r[/ri]]] | Read; Discover with Accept 40; Observe with Observe 0 and 1 |
| PUT /o/i, /o/i/r, /o/i/r/ri | Write (replace); Write-Attributes with a query and nothing else |
| POST /o/i | Write (partial) |
| POST /o/i/r | Execute; Write (partial) of a resource with instances |
| POST /o, DELETE /o/i | Create, Delete |
| FETCH, iPATCH / | Read-, Observe- and Write-Composite |

Blocks are `nce.coap.parts`' and `nce.coap.bodies`'; `nce.lwm2m.changing` has what writes.
"""

from nce.coap import codes, options
from nce.coap.parts import Parts
from nce.coap.responder import Answer
from nce.const import const
from nce.errors import PeerError
from nce.lwm2m import formats, registration
from nce.lwm2m.model import Refused
from nce.lwm2m.tree import parse

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Entry, Path, Sequence


_ACCEPT = const(17)
_URI_PATH = const(11)
_PUT = const(3)
_DELETE = const(4)
_FETCH = const(5)
_IPATCH = const(7)
_OPAQUE_KIND = const(6)

_TEXT = const(0)
_LINK = const(40)
_OPAQUE = const(42)
_CBOR = const(60)
_TLV = const(11542)
# Formats of one value alone.
_SINGLE = (_TEXT, _OPAQUE, _CBOR)

# Rights in object 2 (1.1, E.3, resource 2).
MAY_READ = 1
MAY_WRITE = 2
MAY_EXECUTE = 4
MAY_DELETE = 8
MAY_CREATE = 16


class Operations(Parts):
    """The objects, served to all servers of a client."""

    path: "Path" = ()  # of the request that was served last

    def __init__(self, client: "Engine", max_body: int) -> None:
        super().__init__(max_body)
        self._client = client

    def handle(self, request: "Request", now_ms: int) -> "Answer | None":
        """The `Answer` to a request of a server; for a `Responder`."""
        request.site = self
        self.path = ()
        server: "Server" = request.peer
        server.active_ms = now_ms
        try:
            answer = self._handle(request, server, now_ms)
        except Refused as refused:
            answer = Answer(refused.code, (), b"")
        except PeerError as error:
            answer = Answer(codes.BAD_REQUEST, (), str(error).encode("utf-8")[:64])
        return self.cut(request, answer, now_ms)

    def _handle(self, request: "Request", server: "Server", now_ms: int) -> "Answer":
        if request.option(options.BLOCK1) is not None:
            answer = self._take_block(request, now_ms)
            if answer is not None:
                return answer
        texts = [value for number, value in request.options if number == _URI_PATH]
        if server.is_bootstrap:
            return self._client.bootstrap_request(request, texts, now_ms)
        if not registration.is_managed(server):
            # 6.2: a server manages those that are registered with it.
            raise Refused(codes.UNAUTHORIZED)
        self.path = path = parse(texts)
        code = request.code
        if path and path[0] == 0:
            raise Refused(codes.UNAUTHORIZED)  # 6.3.1: no server sees a security object
        if code == codes.GET:
            return self._get(request, path, server, now_ms)
        if code == _PUT:
            from nce.lwm2m import changing

            return changing.put(self._client, request, path, server)
        if code == codes.POST:
            from nce.lwm2m import changing

            return changing.post(self._client, request, path, server)
        if code == _DELETE:
            from nce.lwm2m import creation

            return creation.delete(self._client, path, server)
        if code in (_FETCH, _IPATCH) and server.version != "1.0":
            from nce.lwm2m import composite

            if path:
                raise Refused(codes.METHOD_NOT_ALLOWED)
            if code == _FETCH:
                return composite.fetch(self._client, request, now_ms)
            return composite.patch(self._client, request)
        raise Refused(codes.METHOD_NOT_ALLOWED)

    def _take_block(self, request: "Request", now_ms: int) -> "Answer | None":
        answer = self._blockwise().receive(request, self, now_ms)
        if answer is not None and answer.code == codes.REQUEST_ENTITY_TOO_LARGE:
            from nce.lwm2m import uploads

            return uploads.too_large(self._client, request, answer)
        return answer

    def _get(self, request: "Request", path: "Path", server: "Server", now_ms: int) -> "Answer":
        accept = request.option(_ACCEPT)
        if accept is not None and options.uint_of(accept) == _LINK:
            from nce.lwm2m import discover

            return discover.of(self._client, path, server)
        if not path:
            raise Refused(codes.METHOD_NOT_ALLOWED)
        entries = self.entries_of((path,), False, server)
        answer = self.content(path, entries, request, server)
        if request.option(options.OBSERVE) is None:
            return answer
        from nce.lwm2m import observing

        return observing.register(self._client, request, (path,), False, entries, answer, now_ms)

    def require(self, server: "Server", path: "Path", right: int) -> None:
        """Raise `Refused` unless a server has a right to an instance (object 2)."""
        if self._client.is_shared:
            from nce.lwm2m import access

            access.require(self._client.tree, server, path, right)

    def entries_of(
        self, paths: "Sequence[Path]", is_composite: bool, server: "Server"
    ) -> "list[Entry]":
        """What is at the paths, as far as a server may read it."""
        may_read = None
        if self._client.is_shared:
            from nce.lwm2m import access

            may_read = access.reader(self._client.tree, server)
        tree = self._client.tree
        entries: "list[Entry]" = []
        for path in paths:
            if not is_composite:
                return tree.collect(path, may_read)
            try:
                found = tree.collect(path, may_read)
            except Refused:
                continue  # 6.3.8: what is not there is left out
            entries += [one for one in found if one[0][0] != 0 and one not in entries]
        return entries

    def content(
        self, base: "Path", entries: "list[Entry]", request: "Request", server: "Server"
    ) -> "Answer":
        """A 2.05 of entries, in the format that the request accepts."""
        accept = request.option(_ACCEPT)
        if accept is not None:
            content_format = options.uint_of(accept)
        elif len(base) > 2 and len(entries) == 1 and entries[0][0] == base:
            # 6.3.1: the client's own choice, for one value the shortest.
            content_format = _OPAQUE if entries[0][1] == _OPAQUE_KIND else _TEXT
        else:
            # A server of 1.0 need not know SenML.
            content_format = _TLV if server.version == "1.0" else self._client.preferred_format
        return self.answer_of(base, entries, content_format)

    def answer_of(self, base: "Path", entries: "list[Entry]", content_format: int) -> "Answer":
        """A 2.05 of entries; `Refused` when the format has no room for them."""
        codec = formats.codec_of(content_format)
        if codec is None:
            raise Refused(codes.NOT_ACCEPTABLE)
        if content_format in _SINGLE:
            is_one = len(base) > 2 and len(entries) == 1 and entries[0][0] == base
            if not is_one or (content_format == _OPAQUE) != (entries[0][1] == _OPAQUE_KIND):
                is_text = content_format != _OPAQUE and is_one  # text has base64, CBOR bytes
                if not is_text:
                    raise Refused(codes.NOT_ACCEPTABLE)
        payload = codec.encode(base, entries)
        its_options = ((options.CONTENT_FORMAT, options.uint_value(content_format)),)
        return Answer(codes.CONTENT, its_options, payload)

    def open_body(self, request: "Request") -> "Any":
        """The sink for an upload, or None: it is gathered."""
        from nce.lwm2m import uploads

        return uploads.open_sink(self._client, request)
