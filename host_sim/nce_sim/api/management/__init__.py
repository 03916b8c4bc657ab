"""The operations of 1NCE's Management API, a module for each group; `ROUTERS` has all of them."""

from fastapi import APIRouter

from nce_sim.api.management import (
    actions,
    clouds,
    endpoints,
    inspect,
    keys,
    locate,
    logs,
    oauth,
    optimize,
    orders,
    os_settings,
    plugins,
    products,
    sims_v1,
    sims_v1_account,
    sims_v2,
    sms_v1,
    sms_v2,
    support,
)

ROUTERS: tuple[APIRouter, ...] = (
    # Routes are tried in turn: what is asked most comes first.
    sims_v1_account.router,  # its fixed paths come before those with an ICCID
    sims_v1.router,
    sims_v2.router,
    sms_v1.router,
    sms_v2.router,
    oauth.router,
    actions.router,
    clouds.router,  # its fixed paths come before those with an id
    endpoints.router,
    inspect.router,
    keys.router,
    locate.router,
    logs.router,
    optimize.router,
    os_settings.router,
    plugins.router,
    products.router,
    orders.router,
    support.router,
)
