"""Debian's PostgreSQL as a program of its own: one server for a session, a database for a test.

def test_something(postgres):
    url = postgres.new_database()           # postgresql://world@/world_1?host=...
    postgres.restart()                      # as after a power cut: every connection is lost

It listens on a Unix socket in a folder of its own, and syncs to the disk as usual.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from support.parent_death import end_with_parent

BOUND_S = 30
USER = "world"


def programs():
    """The folder of `initdb` and `postgres`; skips the test where there is none."""
    pytest.importorskip("psycopg", reason="psycopg is not installed; `make peers` installs it")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=_version)
    if found:
        return found[-1].parent
    path = shutil.which("postgres")
    if path is None:
        pytest.skip("`postgres` is not installed; `make peers` installs it")
    return Path(path).parent


def _version(path):
    return int(path.parts[-3]) if path.parts[-3].isdecimal() else 0


class Server:
    """A server whose data are in `folder`."""

    def __init__(self, folder):
        self.folder = folder
        self._bin = programs()
        # PostgreSQL refuses to run as root.
        self._as = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        self._process = None
        self._databases = 0
        if self._as:
            shutil.chown(folder, "postgres", "postgres")
        self._run("initdb", "-A", "trust", "-U", USER, "-E", "UTF8", "--locale=C", "--no-sync")

    def _run(self, name, *arguments):
        subprocess.run(
            [self._bin / name, "-D", self.folder / "data", *arguments],
            check=True,
            timeout=BOUND_S,
            stdout=subprocess.DEVNULL,
            cwd=self.folder,
            **self._as,
        )

    def start(self):
        """Start it; returns when it takes connections."""
        settings = (
            "listen_addresses=",
            "shared_buffers=16MB",
            "fsync=on",
            "max_connections=20",
            # After a power cut: one call instead of one for each of thousands of files.
            "recovery_init_sync_method=syncfs",
        )
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    self._bin / "postgres",
                    *("-D", self.folder / "data", "-k", self.folder),
                    *(part for setting in settings for part in ("-c", setting)),
                ],
                stdout=log,
                stderr=log,
                cwd=self.folder,
                preexec_fn=end_with_parent(signal.SIGQUIT),  # noqa: PLW1509 it takes no lock
                **self._as,
            )
        deadline = time.monotonic() + BOUND_S
        while not self._is_up():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < deadline, "postgres is not up after 30 s"
            time.sleep(0.02)

    def _is_up(self):
        import psycopg

        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, with_signal=signal.SIGINT):
        """End it: SIGINT ends every connection at once, SIGQUIT is as good as a power cut."""
        self._process.send_signal(with_signal)
        try:
            self._process.wait(BOUND_S)
        finally:
            self._process.kill()
            self._process.wait(BOUND_S)

    def restart(self):
        """End it as a power cut would, and start it again."""
        self.stop(signal.SIGQUIT)
        self.start()

    def connect(self, name):
        """A psycopg connection to the database `name`, each statement its own transaction."""
        import psycopg

        return psycopg.connect(
            host=str(self.folder), user=USER, dbname=name, autocommit=True, connect_timeout=5
        )

    def new_database(self):
        """The URL of a database that nobody has used."""
        self._databases += 1
        name = f"world_{self._databases}"
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def drop(self, url):
        """Forget a database of `new_database`."""
        name = url.partition("@/")[2].partition("?")[0]
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name, user=USER):
        return f"postgresql://{user}@/{name}?host={self.folder}"


@pytest.fixture(scope="session")
def postgres():
    """The server of this session."""
    programs()
    folder = Path(tempfile.mkdtemp(prefix="nce-postgres-"))
    try:
        server = Server(folder)
        server.start()
        try:
            yield server
        finally:
            # Its data go: nothing needs to reach the disk.
            server.stop(signal.SIGQUIT)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
