"""What a device serves: resources by their path, and their directory (RFC 7252, 7; RFC 6690).

    site = Site()

    @site.resource("/example", POST)
    def example(request):
        print(request.payload, request.query)
        return CHANGED

A handler returns a code, the bytes of a 2.05, an `Answer`, or None for an answer that comes later
(`responder`). A body larger than a block is sent in blocks; larger ones than `Site.max_body`
arrive in a sink of the resource's (`bodies`). `/.well-known/core` lists what there is.
"""

from nce.coap import codes, options
from nce.coap.parts import Parts
from nce.coap.responder import Answer
from nce.const import const

if 1 - 1:
    from nce.coap.observers import Observers
    from nce.coap.responder import Request
    from nce.seams import Any, Callable, Sequence


_WELL_KNOWN = "/.well-known/core"
_LINK_FORMAT = const(40)


class Resource:
    """Handlers by method, and the attributes that the directory shows."""

    def __init__(self, attributes: "Sequence[tuple[str, str | None]]") -> None:
        self.handlers: "dict[int, Callable[[Request], Any]]" = {}
        self.attributes = attributes  # a tuple of (name, text), or (name, None) for a flag
        self.open_body: "Callable[[Request], Any] | None" = (
            None  # request -> a sink for its body, with `write`
        )
        self.is_observable = False


class Site(Parts):
    """Resources. `max_body`: bytes of an upload that are gathered for a handler without a sink."""

    def __init__(self, max_body: int = 1024, block_size: int = 1024) -> None:
        super().__init__(max_body, block_size)
        self.observers: "Observers | None" = (
            None  # an `Observers`, when there is something to observe
        )
        self._resources: "dict[str, Resource]" = {}

    def resource(
        self,
        path: str,
        method: int,
        attributes: "Sequence[tuple[str, str | None]]" = (),
        open_body: "Callable[[Request], Any] | None" = None,
        is_observable: bool = False,
    ) -> "Callable[[Any], Any]":
        """A decorator that serves `path` and `method` with the function below it."""

        def add(handler: "Any") -> "Any":
            self.add(path, method, handler, attributes, open_body, is_observable)
            return handler

        return add

    def add(
        self,
        path: str,
        method: int,
        handler: "Callable[[Request], Any]",
        attributes: "Sequence[tuple[str, str | None]]" = (),
        open_body: "Callable[[Request], Any] | None" = None,
        is_observable: bool = False,
    ) -> None:
        """Serve a method of a path. What is given once for a path holds for all its methods."""
        resource = self._resources.get(path)
        if resource is None:
            resource = self._resources[path] = Resource(attributes)
        resource.handlers[method] = handler
        resource.open_body = open_body or resource.open_body
        if is_observable:
            resource.is_observable = True
            if self.observers is None:
                from nce.coap.observers import Observers

                self.observers = Observers(self)

    def handle(self, request: "Request", now_ms: int) -> "Answer | None":
        """The `Answer` to a request, or None when it comes later; for a `Responder`."""
        request.site = self
        path = request.path
        resource = self._resources.get(path)
        if resource is None and path != _WELL_KNOWN:
            return Answer(codes.NOT_FOUND, (), b"")
        if resource is None:
            handler: "Callable[[Request], Any] | None" = (
                self._directory if request.code == codes.GET else None
            )
        else:
            handler = resource.handlers.get(request.code)
        if handler is None:
            return Answer(codes.METHOD_NOT_ALLOWED, (), b"")
        if resource is not None and request.option(options.BLOCK1) is not None:
            answer = self._blockwise().receive(request, resource, now_ms)
            if answer is not None:
                return answer
        answer = None
        if request.option(options.BLOCK2) and request.code not in (codes.GET, codes.FETCH):
            answer = self._blockwise().kept(request, now_ms)
        if answer is None:
            answer = self.answer(request, handler)
        if answer is None:
            return None
        if resource is not None and resource.is_observable and self.observers is not None:
            answer = self.observers.register(request, answer, now_ms)
        return self.cut(request, answer, now_ms)

    def answer(
        self, request: "Request", handler: "Callable[[Request], Any] | None" = None
    ) -> "Answer | None":
        """The whole `Answer` of the resource's handler, for a response or a notification."""
        if handler is None:
            handler = self._resources[request.path].handlers[request.code]
        answer: "Answer | int | bytes | bytearray | None" = handler(request)
        if answer is None:
            return None
        if isinstance(answer, int):
            answer = Answer(answer, (), b"")
        elif isinstance(answer, (bytes, bytearray)):
            answer = Answer(codes.CONTENT, (), answer)
        accepted = request.option(options.ACCEPT)
        offered = options.first_of(answer.options, options.CONTENT_FORMAT)
        if accepted is not None and offered is not None:
            if options.uint_of(accepted) != options.uint_of(offered):
                return Answer(codes.NOT_ACCEPTABLE, (), b"")  # 5.10.4
        return answer

    def _directory(self, request: "Request") -> "Answer":
        links = []
        for path in sorted(self._resources):
            resource = self._resources[path]
            attributes = tuple(resource.attributes)
            if resource.is_observable:
                attributes += (("obs", None),)  # RFC 7641, 6
            if _matches(path, attributes, request.query):
                link = "<%s>" % path
                for name, value in attributes:
                    link += ";" + name if value is None else ';%s="%s"' % (name, value)
                links.append(link)
        option = (options.CONTENT_FORMAT, options.uint_value(_LINK_FORMAT))
        return Answer(codes.CONTENT, (option,), ",".join(links).encode("utf-8"))


def _matches(
    path: str, attributes: "Sequence[tuple[str, str | None]]", query: "Sequence[str]"
) -> bool:
    # RFC 6690, 4.1: name=value, a trailing * for a prefix; rt, if and rel hold several words.
    for wanted in query:
        name, _equals, value = wanted.partition("=")
        texts = [path] if name == "href" else []
        for known, text in attributes:
            if known == name:
                texts.append(text or "")
                if name in ("rt", "if", "rel"):
                    texts += (text or "").split(" ")
        if value.endswith("*"):
            if not any([text.startswith(value[:-1]) for text in texts]):
                return False
        elif value not in texts:
            return False
    return True
