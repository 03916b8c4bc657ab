"""Mender in a virtual world: its device API, its artifacts, and the server that they lie on.

    mender = MenderStandIn(world, backend)
    mender.accepts = True
    mender.deploy("1.2.0", image)               # an artifact as `mender-artifact` writes it
    mender.statuses                             # ["downloading", "installing", ...]

The artifact is made by `tarfile`: version, manifest, header.tar and data/0000.tar, as Mender's
format 3 has them.
"""

import hashlib
import io
import json
import tarfile

from nce_sim.deliveries import Body
from nce_sim.deliveries.virtual import Answer
from nce_sim.wire.datagram import Address

HOST = "https://hosted.mender.io"
STORAGE = Address("203.0.113.80", 80)
DEVICES = "/api/devices/"


def tar_of(files):
    """A tar archive of (name, bytes)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, data in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return made.getvalue()


def artifact_of(image, name="image.bin"):
    """A Mender artifact of one file, not compressed."""
    version = json.dumps({"format": "mender", "version": 3}).encode()
    header = tar_of([("header-info", b"{}"), ("headers/0000/type-info", b"{}" * 900)])
    data = tar_of([(name, image)])
    digests = {"version": version, "header.tar": header, f"data/0000/{name}": image}
    manifest = "".join(
        f"{hashlib.sha256(part).hexdigest()}  {path}\n" for path, part in digests.items()
    )
    return tar_of(
        [
            ("version", version),
            ("manifest", manifest.encode()),
            ("header.tar", header),
            ("data/0000.tar", data),
        ]
    )


class Storage:
    """Serves `files` by HTTP with ranges; the next connection ends after `cut_after` bytes."""

    def __init__(self, world):
        self.files = {}
        self.ranges = []
        self.cut_after = None
        self.status = None
        world.core.internet.add_name("storage.example", STORAGE.host)
        world.core.internet.serve(STORAGE, self._serve)

    async def _serve(self, reader, writer):
        lines = []
        while (line := await reader.readline()) not in (b"\r\n", b""):
            lines.append(line.decode().strip())
        path = lines[0].split()[1].partition("?")[0]
        headers = dict(line.lower().split(": ", 1) for line in lines[1:])
        first, last = (int(part) for part in headers["range"][6:].split("-"))
        whole = self.files.get(path)
        self.ranges.append((first, last))
        if whole is None or self.status:
            writer.write(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\n\r\n" % (self.status or 404))
        else:
            part = whole[first : last + 1]
            head = (
                f"HTTP/1.1 206 Partial Content\r\nContent-Length: {len(part)}\r\n"
                f"Content-Range: bytes {first}-{first + len(part) - 1}/{len(whole)}\r\n\r\n"
            )
            if self.cut_after is not None and len(part) > self.cut_after:
                part, self.cut_after = part[: self.cut_after], None
            writer.write(head.encode() + part)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


class MenderStandIn:
    """The server's side of a device."""

    def __init__(self, world, backend):
        self.accepts = False
        self.deployment = None
        self.statuses = []
        self.inventory = []
        self.requests = []
        self.storage = Storage(world)
        backend.deliveries.transport.serve(HOST + "/", self._serve)

    def deploy(self, version, image, *, digest=None, device_type="nce-board", data=None):
        """Offer an artifact until the device says how it went."""
        self.storage.files["/image.mender"] = artifact_of(image) if data is None else data
        name = f"{version}-{digest or hashlib.sha256(image).hexdigest()}"
        self.deployment = {
            "id": f"deployment-{version}",
            "artifact": {
                "artifact_name": name,
                "source": {
                    "uri": "http://storage.example/image.mender?x=1&signature=" + "s" * 900,
                    "expire": "2030-01-01T00:00:00Z",
                },
                "device_types_compatible": [device_type],
            },
        }
        return name

    def _serve(self, request):
        path = request.url.removeprefix(HOST + DEVICES)
        self.requests.append((request.method, path))
        body = json.loads(request.body) if request.body else None
        if path.endswith("auth_requests"):
            return answer(200, b"jwt-1", "") if self.accepts else answer(401, b"{}")
        if request.headers.get("Authorization") != "Bearer jwt-1":
            return answer(401, b"{}")
        if path.endswith("attributes"):
            self.inventory.append({row["name"]: row["value"] for row in body})
            return answer(200)
        if path.endswith("next"):
            return self._next(body["device_provides"])
        self.statuses.append(body["status"])
        if body["status"] in ("success", "failure"):
            self.deployment = None
        return answer(204)

    def _next(self, provides):
        found = self.deployment
        if found is None or found["artifact"]["artifact_name"] == provides["artifact_name"]:
            return answer(204)
        # As Mender's server writes it: & as \u0026.
        return answer(200, json.dumps(found).replace("&", "\\u0026").encode())


def answer(status, body=b"", kind="application/json"):
    return Answer(status, body=Body(kind if body else "", body))
