"""What 1NCE has in its portal alone, as an API of its own: `/portal-api`.

Portal users sign in, and the permissions of their roles hold (1nce_os_2.md, 3.5). 1NCE publishes
no such API: its paths and bodies are ours [U].
"""

from fastapi import APIRouter

from nce_sim.api.portal import configuration, credentials, organisation, session, users

ROUTERS: tuple[APIRouter, ...] = (
    session.router,
    users.router,
    credentials.router,
    organisation.router,
    configuration.router,
)
