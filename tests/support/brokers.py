"""mosquitto as a program of its own, for tests in real time.

with mosquitto(tmp_path) as (real, log):
    asyncio.run(story(real))                # which first does: await is_up(real)
"""

import asyncio
import contextlib
import socket
import subprocess

from support.peers import START_TIMEOUT_S, program


@contextlib.contextmanager
def mosquitto(folder):
    """The broker on a free port of loopback: yields (host, port), and its log as a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings, log = folder / "mosquitto.conf", folder / "mosquitto.log"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type all\n"
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program("mosquitto"), "-c", str(settings)], stdout=output, stderr=output
        )
        try:
            yield ("127.0.0.1", port), log
        finally:
            process.terminate()
            process.wait(START_TIMEOUT_S)


async def is_up(real):
    """Wait until the broker takes connections."""
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(*real)
                writer.close()
                return
            await asyncio.sleep(0.05)
