"""A stage for the Python examples of a page: a fresh folder, virtual time, and no hardware.

    with Stage(folder) as stage:
        stage.play(chain)                     # blocks, the first of which stands by itself
        stage.backend.inspector.history(stage.sim.iccid)

What stands between an example and this computer is replaced as `STAND_INS` says, and nothing else.
An `await` outside of a coroutine runs as in `python -m asyncio`.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import socket
import sys
import types
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

from nce_modem.serial_board import SerialBoard
from nce_sim import Backend, BackendSettings, DtlsSettings, Limits, PipeBoard, VirtualLoop, World
from nce_sim.clock import end_tasks
from nce_sim.wire.datagram import Address
from support.tls_authority import Authority
from support.tls_server import secured
from truth.pages import Block, Page, name_of

# A program that goes on for ever is ended after so much virtual time; until then it must not fail.
ENDLESS_S = 3 * 3600
LIMITS = Limits(virtual_s=10 * 3600, real_s=120)

# What examples import that is not on this computer -> why, and what it is here.
STAND_INS = {
    "from board import Board": "a modem on a UART: a simulated BG95 in a world with 1NCE OS",
    "from nce_modem.serial_board import SerialBoard": "a serial port: the same BG95",
    "from machine import Pin, UART": "a microcontroller: a pin and a UART joined to the same BG95",
    "asyncio.run(": "hours of waiting: the same loop on virtual time",
}


def chains_of(page: Page) -> list[list[Block]]:
    """The examples of a page, each a list of blocks: one, and those that say they continue it."""
    chains: list[list[Block]] = []
    for block in page.blocks:
        if block.language != "python" or block.is_test:
            continue
        if block.continues:
            if not chains:
                raise ValueError(f"{block.where}: there is no block before it to continue")
            chains[-1].append(block)
        else:
            chains.append([block])
    return chains


def family_of(chain: list[Block]) -> str:
    """The modem that a chain asks for; a BG95 where it asks for none."""
    text = "".join(block.text for block in chain)
    named = re.search(r"family=\"?(\w+)", text)
    if named is None:
        return "bg95"
    changed = re.search(rf"^{named[1]} = (\w+)\.changed\(", text, re.MULTILINE)
    return (changed or named)[1].lower()


def write_files(page: Page, folder: Path, line: int) -> None:
    """The files that the blocks above a line are."""
    for block in page.blocks:
        if block.file_name and block.line < line:
            (folder / block.file_name).write_text(block.text, encoding="utf-8")


class ExampleFailed(AssertionError):
    """What an example raised, with the line of its page."""


WEB = Address("203.0.113.80", 80)
SECURE_WEB = Address(WEB.host, 443)
AUTHORITY = Authority()
LWM2M_KEY = "0123456789abcdef"  # as the examples have it


async def answer_page(reader: Any, writer: Any) -> None:
    """A page for whatever is asked, and the end of the connection."""
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.0 200 OK\r\n\r\nhello\r\n")
    await writer.drain()
    writer.close()


async def answer_secure_page(peer: Any) -> None:
    """The same, over TLS."""
    await peer.read()
    peer.write(b"HTTP/1.0 200 OK\r\n\r\nhello\r\n")
    peer.close()


class Loop(VirtualLoop):
    """Virtual time does not wait for threads, and asyncio asks for addresses in one."""

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        return socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST, **options)


class Stage:
    """A world with 1NCE OS, a SIM and a modem, and a program that meets them."""

    def __init__(self, folder: Path, family: str = "bg95") -> None:
        self.folder = folder
        self.loop = Loop()
        self.world = World(seed=1, clock=self.loop.clock)
        # As the examples of a sleep need it; 1NCE documents neither.
        settings = BackendSettings(dtls=DtlsSettings(session_ids=True, connection_id_bytes=8))
        self.backend = Backend(self.world, settings=settings)
        internet = self.world.core.internet
        internet.add_name("example.com", WEB.host)
        internet.serve(WEB, answer_page)
        context = AUTHORITY.server_context("example.com")
        internet.serve(SECURE_WEB, secured(answer_secure_page, context))
        self._authorities = folder / "authorities.pem"
        self._authorities.write_bytes(AUTHORITY.pem)
        self.sim = self.world.add_sim()
        self._admit_lwm2m()
        self.modem = self.world.add_modem(self.sim, family)
        self.was_ended = False
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self._kept: list[Any] = []

    def _admit_lwm2m(self) -> None:
        """What a customer does in 1NCE OS: the endpoint is active, and the device has a key."""
        organisation_id = self.backend.devices.organisation_of(self.sim.iccid)
        assert organisation_id is not None
        with self.backend.storage.unit() as work:
            self.backend.device_integrator.change(
                organisation_id, "LWM2M", is_active=True, settings={}, work=work
            )
            self.backend.authenticator.set_key(
                organisation_id, self.sim.iccid, "LWM2M", LWM2M_KEY, work=work
            )

    def __enter__(self) -> Stage:
        self._kept = [asyncio.run, Path.cwd(), list(sys.path), dict(sys.modules)]
        # What `ssl.create_default_context()` trusts.
        os.environ["SSL_CERT_FILE"] = str(self._authorities)
        asyncio.run = self.run
        os.chdir(self.folder)
        sys.path.insert(0, str(self.folder))
        for name, module in self._stand_ins().items():
            sys.modules[name] = module
        return self

    def __exit__(self, *exc: object) -> None:
        asyncio.run, folder, sys.path[:], modules = self._kept
        del os.environ["SSL_CERT_FILE"]
        os.chdir(folder)
        for name in set(sys.modules) - set(modules):
            if self._is_of_the_folder(sys.modules[name]):
                del sys.modules[name]
        for name in self._stand_ins():
            if name in modules:
                sys.modules[name] = modules[name]
            else:
                sys.modules.pop(name, None)
        self.loop.limit(LIMITS)
        end_tasks(self.loop)
        self.backend.close()
        self.loop.close()

    def _is_of_the_folder(self, module: types.ModuleType) -> bool:
        return str(getattr(module, "__file__", None)).startswith(str(self.folder))

    def _stand_ins(self) -> dict[str, types.ModuleType]:
        modem = self.modem

        class Board(PipeBoard):
            def __init__(self) -> None:
                super().__init__(modem)

        class Serial(PipeBoard):
            def __init__(self, *args: Any, **options: Any) -> None:
                inspect.signature(SerialBoard).bind(*args, **options)
                super().__init__(modem)

        class Pin:
            OUT = 1

            def __init__(self, number: int, mode: int, value: int) -> None:
                self.value(value)

            def value(self, level: int) -> None:
                modem.release_power_key() if level else modem.press_power_key()

        class Uart:
            def __init__(self, number: int, baudrate: int, tx: int, rx: int, rxbuf: int) -> None:
                self.number = number

        return {
            "board": _module("board", Board=Board),
            "nce_modem.serial_board": _module("nce_modem.serial_board", SerialBoard=Serial),
            "machine": _module("machine", Pin=Pin, UART=Uart),
        }

    def run(self, main: Coroutine[Any, Any, Any]) -> Any:
        """`asyncio.run` of the examples."""
        self.loop.limit(LIMITS)
        return self.loop.run_until_complete(self._until_its_end(main))

    async def _until_its_end(self, main: Coroutine[Any, Any, Any]) -> Any:
        task = asyncio.ensure_future(main)
        done, _ = await asyncio.wait({task}, timeout=ENDLESS_S)
        if done:
            return task.result()
        self.was_ended = True
        task.cancel()
        await asyncio.wait({task}, timeout=600)
        if task.cancelled():
            return None
        return task.result()  # it did not take the end for one: what it raised, if anything

    def play(self, chain: list[Block]) -> dict[str, Any]:
        """Run the blocks one after another, in one namespace."""
        for block in chain:
            if self.was_ended:
                raise ExampleFailed(f"{block.where}: the block before this one never ends")
            # Its own line numbers, so that a traceback names the line of the page.
            source = "\n" * (block.line - 1) + block.text
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            try:
                code = compile(source, str(block.path), "exec", flags=flags)
                result = types.FunctionType(code, self.names)()
                if asyncio.iscoroutine(result):
                    self.run(result)
            except Exception as error:
                raise ExampleFailed(failure(error, block.path)) from error
        return self.names


def _module(name: str, **names: Any) -> types.ModuleType:
    module = types.ModuleType(name)
    vars(module).update(names)
    return module


def failure(error: BaseException, path: Path) -> str:
    """`file:line: what` of an example that raised, by the innermost line on the page."""
    lines = [line for file, line in _frames(error) if file == str(path)]
    return f"{name_of(path)}:{lines[-1] if lines else 1}: {type(error).__name__}: {error}"


def _frames(error: BaseException) -> Iterator[tuple[str, int]]:
    if isinstance(error, SyntaxError) and error.filename:
        yield error.filename, error.lineno or 1
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
