"""A modem HAT on a Raspberry Pi: the serial port is a pty, the GPIO lines a double of gpiod's."""

import asyncio
import importlib.util
import os
import sys
import types

import pytest

from nce_modem.errors import LineClosed
from support.portable_runs import ROOT


class Gpio:
    """The chips, as gpiod 2 shows them; `told` has the values of the lines in their order."""

    def __init__(self, chips):
        self.chips = chips  # path -> names of its lines
        self.told = []

    def request_lines(self, path, config, consumer=None):
        if path not in self.chips:
            raise PermissionError(13, "Permission denied")
        ((name, settings),) = config.items()
        if name not in self.chips[path]:
            raise ValueError("no such line")
        self.told.append((path, name, settings.output_value))
        return types.SimpleNamespace(
            set_value=lambda line, value: self.told.append((path, line, value))
        )


@pytest.fixture
def board_class():
    spec = importlib.util.spec_from_file_location(
        "raspberry_pi_board", ROOT / "boards/raspberry_pi/board.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Board


@pytest.fixture
def gpio(monkeypatch):
    gpio = Gpio({"/dev/gpiochip0": ("ID_SDA",), "/dev/gpiochip4": ("GPIO4", "GPIO6")})
    line = types.ModuleType("gpiod.line")
    line.Direction = types.SimpleNamespace(OUTPUT="output")
    line.Value = types.SimpleNamespace(ACTIVE=1, INACTIVE=0)
    gpiod = types.ModuleType("gpiod")
    gpiod.line = line
    gpiod.LineSettings = types.SimpleNamespace
    gpiod.request_lines = gpio.request_lines
    monkeypatch.setitem(sys.modules, "gpiod", gpiod)
    monkeypatch.setitem(sys.modules, "gpiod.line", line)
    monkeypatch.setattr("glob.glob", lambda pattern: ["/dev/gpiochip4", "/dev/gpiochip0"])
    return gpio


@pytest.fixture
def port():
    pytest.importorskip("serial")
    ours, theirs = os.openpty()
    yield os.ttyname(theirs)
    os.close(ours)
    os.close(theirs)


async def opened_and_closed(board):
    _, writer = await board.open_uart()
    writer.close()


def test_the_key_is_a_line_by_its_name_released_until_it_is_pressed(board_class, gpio, port):
    board = board_class(port)
    assert gpio.told == []
    asyncio.run(opened_and_closed(board))
    asyncio.run(opened_and_closed(board))
    assert gpio.told == [("/dev/gpiochip4", "GPIO4", 0)]
    board.power_key(True)
    board.power_key(False)
    assert gpio.told[1:] == [("/dev/gpiochip4", "GPIO4", 1), ("/dev/gpiochip4", "GPIO4", 0)]


def test_a_key_that_is_pressed_first_is_requested_released(board_class, gpio):
    board = board_class(power_key_gpio=6)
    board.power_key(True)
    assert gpio.told == [("/dev/gpiochip4", "GPIO6", 0), ("/dev/gpiochip4", "GPIO6", 1)]


def test_a_line_that_is_to_be_had_nowhere_tells_what_each_chip_says(board_class, gpio):
    del gpio.chips["/dev/gpiochip0"]
    with pytest.raises(LineClosed, match="GPIO9 is to be had at no GPIO chip") as raised:
        board_class(power_key_gpio=9).power_key(True)
    assert "gpiochip0: [Errno 13]" in str(raised.value)
    assert "gpiochip4: no such line" in str(raised.value)


def test_without_gpiod_the_error_tells_what_to_install(board_class, monkeypatch):
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(LineClosed, match=r"pip install 'nce-iot\[raspberry-pi\]'"):
        board_class().power_key(True)


def test_a_hat_without_a_key_needs_no_gpiod(board_class, monkeypatch, port):
    monkeypatch.setitem(sys.modules, "gpiod", None)
    board = board_class(port, power_key_gpio=None)
    assert board.power_key is None
    asyncio.run(opened_and_closed(board))


def test_the_command_line_names_port_rate_and_line(board_class, gpio):
    board = board_class.from_arguments([])
    assert (board.port, board.baudrate) == ("/dev/serial0", 115_200)
    board.power_key(True)
    assert gpio.told[-1] == ("/dev/gpiochip4", "GPIO4", 1)
    board = board_class.from_arguments(["/dev/ttyAMA0", "9600", "none"])
    assert (board.port, board.baudrate, board.power_key) == ("/dev/ttyAMA0", 9600, None)
    for wrong in (["a", "b"], ["a", "1", "x"], ["a", "1", "2", "3"]):
        with pytest.raises(ValueError, match="usage: "):
            board_class.from_arguments(wrong)
