"""The images that `make boards` builds, and a run of the blueprint `coap` on one of them.

ran = await run_blueprint(image("frozen.elf"), family="bg95", fixes=5, heap_bytes=64 * 1024, ...)
"""

from __future__ import annotations

import fcntl
import re
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nce_sim.backend import Backend
from nce_sim.clock import clock_from_now
from nce_sim.firmware.emulated import EMULATOR, EmulatedBoard
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import compile_tree
from nce_sim.ports.tcp import TcpPort
from nce_sim.scenarios.first_light import TEMPLATE, TRACK
from nce_sim.scenarios.report import rows_of
from nce_sim.world import World
from support.portable_runs import ROOT
