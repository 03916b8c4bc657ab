"""A PostgreSQL server behind a line that is cut at the worst moment.

with cut_line(folder_of_the_server) as line:
    storage = Storage(TABLES, f"postgresql://world@/name?host={line.folder}")
    line.cut_after_commit = True    # the server commits, and nobody hears of it
    line.cut_before_commit = True   # the server never hears COMMIT
    line.is_down_after_cut = True   # nobody can connect again, until it is False
"""

from __future__ import annotations

import contextlib
import selectors
import shutil
import socket
import tempfile
import threading
from pathlib import Path

SOCKET = ".s.PGSQL.5432"
BOUND_S = 10
# A simple query of the protocol: 'Q', its length, its text and a zero byte.
COMMIT = b"Q\x00\x00\x00\x0bCOMMIT\x00"


class Line:
    """Carries bytes between one client at a time and the server."""

    def __init__(self, folder, server):
        self.folder = folder
        self.cut_after_commit = self.cut_before_commit = False
        self.is_down_after_cut = False
        self.cuts = 0
        self._server = str(server / SOCKET)
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / SOCKET))
        self._listener.listen()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(BOUND_S)

    def _serve(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.socket(socket.AF_UNIX) as server:
                if self.cuts and self.is_down_after_cut:
                    continue
                with contextlib.suppress(OSError):
                    server.connect(self._server)
                    self._carry(client, server)

    def _carry(self, client, server):
        with selectors.DefaultSelector() as selector:
            selector.register(client, selectors.EVENT_READ, server)
            selector.register(server, selectors.EVENT_READ, client)
            while True:
                for key, _ in selector.select(BOUND_S):
                    data = key.fileobj.recv(65536)
                    if not data:
                        return
                    if data == COMMIT and self.cut_before_commit:
                        self.cut_before_commit, self.cuts = False, self.cuts + 1
                        return
                    key.data.sendall(data)
                    if data == COMMIT and self.cut_after_commit:
                        self.cut_after_commit, self.cuts = False, self.cuts + 1
                        server.recv(65536)  # it is done
                        return


@contextlib.contextmanager
def cut_line(server):
    folder = Path(tempfile.mkdtemp(prefix="nce-line-"))
    line = Line(folder, server)
    try:
        yield line
    finally:
        line.close()
        shutil.rmtree(folder)
