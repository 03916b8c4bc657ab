"""`python -m hub build FOLDER` and `python -m hub serve FOLDER`."""

from __future__ import annotations

import argparse
import functools
import sys
import time
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from hub.build import BuildFailed, build

ROOT = Path(__file__).parents[2]


def serve(site: Path, port: int) -> None:
    """Show the site on loopback until Ctrl-C."""
    if not (site / "index.html").is_file():
        sys.exit(f"{site} holds no site: run `make docs` first")
    handler = functools.partial(SimpleHTTPRequestHandler, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


def main() -> None:
    """Build or serve."""
    parser = argparse.ArgumentParser(description="Builds and shows the Developer Hub.")
    parser.add_argument("action", choices=("build", "serve"))
    parser.add_argument("site", type=Path)
    parser.add_argument("--port", type=int, default=0, help="of `serve`; 0 takes a free one")
    arguments = parser.parse_args()
    if arguments.action == "serve":
        serve(arguments.site, arguments.port)
        return
    began = time.monotonic()
    try:
        pages = build(ROOT, arguments.site)
    except BuildFailed as error:
        sys.exit(str(error))
    print(f"{pages} pages in {arguments.site}, {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
