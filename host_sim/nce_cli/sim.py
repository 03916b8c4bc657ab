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
from nce_cli.modem_sim import modem
from nce_cli.replay import replay
from nce_cli.run_own import EPILOG as RUN_EPILOG
from nce_cli.run_own import run
from nce_cli.sim_demo import demo
from nce_cli.sim_up import up

app = typer.Typer(help="Run a simulated world.", no_args_is_help=True, add_completion=False)
app.command()(modem)
app.command()(replay)
app.command(epilog=RUN_EPILOG)(run)
app.command()(demo)
app.command()(up)
tell.add_to(app)
tell_air.add_to(app)
tell_record.add_to(app)
tell_account.add_to(app)
tell_customer.add_to(app)
tell_cloud.add_to(app)
tell_lwm2m.add_to(app)
tell_trouble.add_to(app)
tell_snapshot.add_to(app)
