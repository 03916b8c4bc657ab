"""The operations of 1NCE's Management API, a module for each group; `ROUTERS` has all of them."""

from fastapi import APIRouter

from nce_sim.api.management import actions, endpoints, oauth

ROUTERS: tuple[APIRouter, ...] = (oauth.router, actions.router, endpoints.router)
