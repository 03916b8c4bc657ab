"""`nce sim`: simulated worlds for firmware."""

from __future__ import annotations

import typer

from nce_cli import (
    tell,
    tell_account,
    tell_air,
    tell_cloud,
    tell_customer,
    tell_lwm2m,
    tell_record,
    tell_snapshot,
    tell_trouble,
)
from nce_cli.rooms import Rooms

# What runs a world; the rest asks one that runs, and needs no modem and no database for that.
WORLDS = {
    "modem": ("nce_cli.modem_sim", "Run one modem in real time until Ctrl-C."),
    "replay": (
        "nce_cli.replay",
        "Answer a host as the modem of a recorded session did, at its pace.",
    ),
    "run": (
        "nce_cli.run_own",
        "Run your own firmware against a simulated modem, SIM, network and 1NCE OS.",
    ),
    "demo": (
        "nce_cli.sim_demo",
        "Power-on to decoded telemetry: real firmware, simulated everything else.",
    ),
    "up": ("nce_cli.sim_up", "Run a world in real time until Ctrl-C."),
}


class Sim(Rooms):
    """`nce sim`."""

    rooms = WORLDS


app = typer.Typer(
    cls=Sim, help="Run a simulated world.", no_args_is_help=True, add_completion=False
)
tell.add_to(app)
tell_air.add_to(app)
tell_record.add_to(app)
tell_account.add_to(app)
tell_customer.add_to(app)
tell_cloud.add_to(app)
tell_lwm2m.add_to(app)
tell_trouble.add_to(app)
tell_snapshot.add_to(app)
