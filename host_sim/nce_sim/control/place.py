"""Finds running worlds: Unix sockets in a folder that only the user can enter.

    listener, path = listen("")             # world-1.sock, or the next free name
    worlds()                                # the sockets of worlds that are running
    find("world-2")

The folder is `$XDG_RUNTIME_DIR/nce`, or `nce-<uid>` among the temporary files. A world that was
killed leaves its socket behind; the next program that looks removes it. A lock makes that safe: no
program removes a socket that another has just made in its place.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import re
import socket
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MOST_WORLDS = 999
BACKLOG = 16
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_LONGEST_PATH = 107 if sys.platform == "linux" else 103  # sun_path less its NUL, unix(7)
_LOCK_TRIES, _LOCK_PAUSE_S = 200, 0.01
_PROBE_S = 1.0


class ControlError(RuntimeError):
    """A world cannot be reached, or cannot open its socket; the message says what to try."""


def folder() -> Path:
    """The user's folder of sockets, which may not be there yet."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "nce"
    return Path(tempfile.gettempdir()) / f"nce-{os.geteuid()}"


def listen(name: str = "") -> tuple[socket.socket, Path]:
    """A listening socket for a world called `name`, or by the first free name, and its path."""
    if name and _NAME.fullmatch(name) is None:
        raise ControlError(
            f"{name!r} is not a name for a world; use up to 32 of a-z, 0-9 and hyphens"
        )
    home = folder()
    _make_private(home)
    names = [name] if name else [f"world-{number}" for number in range(1, MOST_WORLDS + 1)]
    with _locked(home):
        for candidate in names:
            path = home / f"{candidate}.sock"
            if _is_taken(path):
                continue
            return _listening(path), path
    if name:
        raise ControlError(f"a world called {name} is running already; use another name")
    raise ControlError(f"{MOST_WORLDS} worlds are running; end some of them")


def worlds() -> list[Path]:
    """The sockets of the worlds that are running; sockets of dead worlds are removed."""
    home = folder()
    if not home.exists():
        return []
    _check_private(home)
    found = sorted(home.glob("*.sock"), key=lambda path: (len(path.name), path.name))
    if all(_is_live(path) for path in found):
        return found
    with _locked(home):
        return [path for path in found if _is_taken(path)]


def find(wanted: str | None = None) -> Path:
    """The socket of the world called `wanted` (or at that path), or of the only one running."""
    if wanted is not None and "/" in wanted:
        return Path(wanted)
    running = worlds()
    names = ", ".join(path.stem for path in running)
    if wanted is not None:
        for path in running:
            if path.stem == wanted:
                return path
        raise ControlError(
            f"no world called {wanted!r} is running"
            + (f"; there are: {names}" if running else ", nor any other")
        )
    if not running:
        raise ControlError(
            f"no world of yours is running (none is in {folder()}); start one with `nce sim up`"
        )
    if len(running) > 1:
        raise ControlError(f"several worlds are running; choose one with --world: {names}")
    return running[0]


def _listening(path: Path) -> socket.socket:
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise ControlError(
            f"{path} is too long for a Unix socket (at most {_LONGEST_PATH} bytes); set "
            "XDG_RUNTIME_DIR to a shorter folder"
        )
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        listener.bind(str(path))  # no other user can enter the folder
        path.chmod(0o600)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise ControlError(f"cannot listen at {path}: {error.strerror}") from error
    return listener


def _is_taken(path: Path) -> bool:
    """Whether a world listens there; removes a dead world's socket. Call it with the lock."""
    if not os.path.lexists(path):
        return False
    if _is_live(path):
        return True
    path.unlink(missing_ok=True)
    return False


def _is_live(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_S)
        try:
            probe.connect(str(path))
        except OSError as error:
            # Any other error means that a world is there and busy.
            return error.errno not in (errno.ECONNREFUSED, errno.ENOENT)
    return True


def _make_private(home: Path) -> None:
    try:
        home.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ControlError(
            f"cannot make the folder {home}: {error.strerror}; set XDG_RUNTIME_DIR to one of yours"
        ) from error
    _check_private(home)


def _check_private(home: Path) -> None:
    found = home.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
        raise ControlError(f"{home} is not a folder of yours; remove it, or set XDG_RUNTIME_DIR")
    if found.st_mode & 0o077:
        raise ControlError(f"other users can enter {home}; run `chmod 700 {home}`")


@contextlib.contextmanager
def _locked(home: Path) -> Iterator[None]:
    handle = os.open(home / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        for _ in range(_LOCK_TRIES):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(_LOCK_PAUSE_S)
        else:
            raise ControlError(f"another process holds {home / 'lock'} and does not release it")
        yield
    finally:
        os.close(handle)
