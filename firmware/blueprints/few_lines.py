"""An HTTP GET and an MQTT publish over the modem's TCP, in a few lines each.

    status, page = await few_lines.get(modem, "server.example", 80, "/level")
    await few_lines.publish(modem, "broker.example", 1883, "tank-1", "tank/level", b"42")

HTTP/1.0 (RFC 1945): the server ends the page by closing. MQTT 3.1.1 with QoS 1. What the peer says
that is not an answer is an OSError; so is a stream that ends too early.
"""

if 1 - 1:  # for type checkers alone
    from nce_modem import Modem
    from nce_modem.seams import ByteStream


CONNECT, CONNACK, PUBLISH, PUBACK, DISCONNECT = 0x10, 0x20, 0x32, 0x40, 0xE0


async def get(modem: "Modem", host: str, port: int, path: str) -> "tuple[int, bytes]":
    """Status and body of a page that fits into memory."""
    reader, writer = await modem.open_connection(host, port)
    try:
        writer.write(("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" % (path, host)).encode())
        await writer.drain()
        status = int((await reader.readline()).split(b" ")[1])
        while await reader.readline() not in (b"\r\n", b""):
            pass
        return status, await reader.read()
    except (IndexError, ValueError):
        raise OSError("%s:%d answers no HTTP; check host and port" % (host, port))
    finally:
        writer.close()
        await writer.wait_closed()


async def publish(
    modem: "Modem", host: str, port: int, client: str, topic: str, message: bytes
) -> None:
    """Connect, publish one message, wait until the broker has it, disconnect."""
    reader, writer = await modem.open_connection(host, port)
    try:
        # 3.1: level 4, a clean session, keep alive 60 s. 3.3.2: packet identifier 1.
        writer.write(packet(CONNECT, text("MQTT") + b"\x04\x02\x00\x3c" + text(client)))
        await expect(reader, writer, CONNACK, b"\x00\x00")
        writer.write(packet(PUBLISH, text(topic) + b"\x00\x01" + message))
        await expect(reader, writer, PUBACK, b"\x00\x01")
        writer.write(packet(DISCONNECT, b""))
        await writer.drain()
    finally:
        writer.close()
        await writer.wait_closed()


async def expect(reader: "ByteStream", writer: "ByteStream", kind: int, content: bytes) -> None:
    """Wait for this answer; CONNACK and PUBACK have four bytes each."""
    await writer.drain()
    answer = await reader.readexactly(4)
    if answer != bytes((kind, 2)) + content:
        raise OSError("the broker answers %r, not %02x" % (answer, kind))


def packet(kind: int, content: bytes) -> bytes:
    """A packet with its length in 7 bits a byte (MQTT 3.1.1, 2.2.3)."""
    head, left = bytearray((kind,)), len(content)
    while left > 127:
        head.append(left & 127 | 128)
        left >>= 7
    head.append(left)
    return bytes(head) + content


def text(value: str) -> bytes:
    """A string with its length in front (1.5.3)."""
    data = value.encode()
    return len(data).to_bytes(2, "big") + data
