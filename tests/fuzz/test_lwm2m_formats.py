"""Any octets are records or a LwM2mMistake, and any records survive every format."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nce_sim.wire.lwm2m import cbor, flat, formats, links
from nce_sim.wire.lwm2m.record import Kind, Link, LwM2mMistake, Record, absolute, parse_path
