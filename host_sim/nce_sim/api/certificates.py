"""A certificate for the doors, from a CA that is made once for the user.

    pair = certificate_for("127.0.0.1", ca_folder())
    pair.ca                              # the path of the CA, for a client to trust
    pair.certificate, pair.key           # paths, for the server

The CA stays: a client that trusts it once trusts the next world, too. Its key never leaves the
folder, which only the user can enter.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import NamedTuple

_NAMES = ("localhost", "api.1nce.com")  # the second for a client whose names resolve to here


class Pair(NamedTuple):
    """Paths of PEM files."""

    ca: str
    certificate: str
    key: str


def ca_folder() -> Path:
    """Where the user's CA is kept: `$XDG_STATE_HOME/nce/ca`, by default below `~/.local/state`."""
    state = os.environ.get("XDG_STATE_HOME") or str(Path.home() / ".local" / "state")
    return Path(state) / "nce" / "ca"


def certificate_for(host: str, folder: Path) -> Pair:
    """A certificate for `host` and the names of loopback; makes the CA when there is none.

    OSError when the folder cannot be written.
    """
    import trustme

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    bundle = folder / "ca.key"
    if not bundle.exists():
        made = trustme.CA(organization_name="nce-iot, a simulated 1NCE")
        draft = _written(folder, "ca.key", made.private_key_pem.bytes() + made.cert_pem.bytes())
        # Another world may have made one meanwhile: the first stays.
        with contextlib.suppress(FileExistsError):
            bundle.hardlink_to(draft)
        draft.unlink()
    key, begin, certificate = bundle.read_bytes().partition(b"-----BEGIN CERTIFICATE-----")
    ca = trustme.CA.from_pem(begin + certificate, key)
    public = folder / "ca.pem"
    _written(folder, "ca.pem", begin + certificate).replace(public)
    identities = dict.fromkeys((host, "127.0.0.1", "::1", *_NAMES))
    # "Every address of this computer" is the name of none.
    issued = ca.issue_cert(*(name for name in identities if name not in ("0.0.0.0", "::")))
    chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
    server = _written(folder, "server.pem", chain)
    key_path = _written(folder, "server.key", issued.private_key_pem.bytes())
    return Pair(str(public), str(server), str(key_path))


def _written(folder: Path, name: str, content: bytes) -> Path:
    """A file of this process, readable by the user alone."""
    path = folder / f"{os.getpid()}-{name}"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path
