"""The application inside a Mender artifact, and how to get at it in parts.

    source = WebFile(modem, "http://storage.example/1.2.0.mender")
    offset, size = await find_image(source)         # where the image is in the artifact
    await source.save(offset, size, take)           # take(bytes), part by part

An artifact is a tar archive: a few small files, and `data/0000.tar`, an archive with the image
alone. Neither may be compressed (`mender-artifact --compression none`): then each byte of the
image has its place in the file, and a download goes on in the middle, by HTTP's Range.
"""

from nce_modem import UsageError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

BLOCK = 512  # of tar: a header, and what a file is rounded up to
MOST_ENTRIES = 32
PART_BYTES = 512
AHEAD_BYTES = 4_096
_MOST_LINES = 64


class WrongArtifact(OSError):
    """What was fetched is no artifact that this device can take."""


def entry_of(header: "Any") -> "tuple[str, int] | None":
    """`(name, bytes)` of a tar header (POSIX ustar); None at the end of the archive."""
    if not any(header):
        return None
    if len(header) < BLOCK or bytes(header[257:262]) != b"ustar":
        raise WrongArtifact("this is no tar archive")
    summed = sum(header[:148]) + 8 * 32 + sum(header[156:BLOCK])
    size = 0
    try:
        size = int(bytes(header[124:136]).strip(b"\0 ") or b"0", 8)
        is_whole = int(bytes(header[148:156]).strip(b"\0 ") or b"0", 8) == summed
    except ValueError:
        is_whole = False
    if not is_whole:
        raise WrongArtifact("a header of the archive is damaged")
    return str(bytes(header[:100]).split(b"\0")[0], "utf-8"), size


async def find_image(source: "WebFile") -> "tuple[int, int]":
    """`(offset, bytes)` of the first file in `data/0000.tar` of an artifact."""
    at = 0
    for _ in range(MOST_ENTRIES):
        found = entry_of(await source.read(at, BLOCK))
        if found is None:
            break
        name, size = found
        if name == "data/0000.tar":
            image = entry_of(await source.read(at + BLOCK, BLOCK))
            if image is None or image[1] + BLOCK > size:
                raise WrongArtifact("data/0000.tar has no image")
            return at + 2 * BLOCK, image[1]
        if name.startswith("data/0000.tar"):
            raise WrongArtifact("%s is compressed: mender-artifact --compression none" % name)
        at += BLOCK + (size + BLOCK - 1) // BLOCK * BLOCK
    raise WrongArtifact("there is no data/0000.tar in the artifact")


def parts_of(uri: str) -> "tuple[bool, str, int, str]":
    """`(whether by TLS, host, port, path)` of an http or https URI. Raises `UsageError`."""
    scheme, _, rest = uri.partition("://")
    if scheme not in ("http", "https") or not rest:
        raise UsageError("a download is by http or https, not from %s" % uri[:60])
    place, _, path = rest.partition("/")
    host, _, port = place.partition(":")
    if not host or not (port or "1").isdigit():
        raise UsageError("there is no host and port in %s" % uri[:60])
    return scheme == "https", host, int(port or (443 if scheme == "https" else 80)), "/" + path


class WebFile:
    """A file on a server, read in ranges (RFC 9110, 14); one connection for each."""

    def __init__(self, modem: "Any", uri: str) -> None:
        self._modem = modem
        self._is_secure, self._host, self._port, self._path = parts_of(uri)
        self._ahead_at, self._ahead = 0, b""

    async def read(self, offset: int, count: int) -> bytes:
        """Some bytes; more than these are fetched, as the next ones are likely wanted soon."""
        start = offset - self._ahead_at
        if start < 0 or start + count > len(self._ahead):
            self._ahead_at, self._ahead = offset, b""
            reader, writer, length = await self._opened(offset, max(count, AHEAD_BYTES))
            try:
                self._ahead = await _exactly(reader, length)
            finally:
                writer.close()
                await writer.wait_closed()
            start = 0
        data = self._ahead[start : start + count]
        if len(data) < count:
            raise WrongArtifact("the file ends after %d bytes" % (offset + len(data)))
        return data

    async def save(self, offset: int, count: int, take: "Any") -> None:
        """Give `take(bytes)` each part of a range, in order, as it comes."""
        reader, writer, length = await self._opened(offset, count)
        try:
            if length < count:
                raise WrongArtifact("the file ends %d bytes early" % (count - length))
            while count:
                part = await reader.read(min(count, PART_BYTES))
                if not part:
                    raise OSError("the download stopped with %d bytes to come" % count)
                take(part)
                count -= len(part)
        finally:
            writer.close()
            await writer.wait_closed()

    async def _opened(self, offset: int, count: int) -> "tuple[Any, Any, int]":
        """A connection whose next bytes are the range, and how many there are."""
        if self._is_secure:
            streams = await self._modem.open_connection(self._host, self._port, ssl=_anyone())
        else:
            streams = await self._modem.open_connection(self._host, self._port)
        reader, writer = streams
        try:
            request = (
                "GET %s HTTP/1.1\r\nHost: %s\r\nRange: bytes=%d-%d\r\nConnection: close\r\n\r\n"
            )
            writer.write((request % (self._path, self._host, offset, offset + count - 1)).encode())
            await writer.drain()
            return reader, writer, await _range_head(reader, offset)
        except BaseException:
            writer.close()
            await writer.wait_closed()
            raise


async def _range_head(reader: "Any", offset: int) -> int:
    """How many bytes follow the head of an answer, which begins at `offset` of the file."""
    words = (await reader.readline()).split(None, 2)
    status = int(words[1]) if len(words) > 1 and words[1].isdigit() else 0
    length, begins = -1, -1
    for _ in range(_MOST_LINES):
        line = await reader.readline()
        if line in (b"\r\n", b"\n", b""):
            break
        name, _, value = line.strip().partition(b":")
        name, value = name.lower(), value.strip()
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name == b"content-range" and value.startswith(b"bytes "):
            first = value[6:].split(b"-")[0]
            begins = int(first) if first.isdigit() else -1
    if status in (403, 404, 410):
        raise WrongArtifact("the server says %d: the link is over, or wrong" % status)
    if status == 200 and not offset and length >= 0:
        return length  # RFC 9110, 14.2: a server may ignore Range
    if status != 206 or begins != offset or length < 0:
        raise OSError("the server answers %d, not with bytes from %d on" % (status, offset))
    return length


async def _exactly(reader: "Any", count: int) -> bytes:
    data = b""
    count = min(count, AHEAD_BYTES)
    while len(data) < count:
        part = await reader.read(count - len(data))
        if not part:
            raise OSError("the download stopped with %d bytes to come" % (count - len(data)))
        data += part
    return data


def _anyone() -> "Any":
    """TLS with whatever server: the image's digest decides, not where it comes from."""
    import ssl

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if hasattr(context, "check_hostname"):
        context.check_hostname = False  # pyright: ignore[reportAttributeAccessIssue] # CPython's
    context.verify_mode = ssl.CERT_NONE
    return context
