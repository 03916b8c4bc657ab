"""Verbs for whoever builds the cloud side: a message of a device without a device, and a token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nce_sim.control.parameters import Choice, Text
from nce_sim.control.verb import SIM, Arguments, Reach, Refused, Verb, sim_of
from nce_sim.endpoints.coap.resources import BadTopic, topic_of
from nce_sim.problems import Problem

_MOST_HEX = 2 * 1_024  # a CoAP message of 1024 bytes is safe (1NCE)


async def _message(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend, sim = reach.services, sim_of(reach.world, arguments["sim"])
    if (arguments["text"] is None) == (arguments["hex"] is None):
        raise Refused("give the payload once: as text, or as hex")
    try:
        payload = (
            arguments["text"].encode()
            if arguments["hex"] is None
            else bytes.fromhex(arguments["hex"])
        )
        given = arguments["topic"]
        topic = None if given is None else topic_of((f"t={given}",))
    except BadTopic as error:
        raise Refused(str(error)) from error
    except ValueError as error:
        raise Refused(f"{arguments['hex']!r} is no hexadecimal text: {error}") from error
    if not sim.is_enabled:
        raise Refused(f"SIM {sim.masked} is disabled: 1NCE OS takes nothing from it")
    try:
        event_id = await backend.write(
            lambda work: backend.accept(sim, arguments["protocol"], payload, topic, work)
        )
    except Problem as problem:
        raise Refused(str(problem)) from problem
    return {"sim": sim.masked, "id": event_id, "bytes": len(payload)}


async def _token(reach: Reach, arguments: Arguments) -> dict[str, Any]:
    backend = reach.services
    account = reach.world.settings.account.organisation_id
    pairs = backend.access.credentials.of(account)
    if not pairs:
        raise Refused("the account has no API credentials; `nce sim up` makes the first")
    token = backend.access.token_of(pairs[0].client_id, backend.wall_ms())
    return {"token": token.text, "expires_in": (token.expires_ms - backend.wall_ms()) // 1000}


CLOUD_VERBS: Mapping[str, Verb] = {
    "message": Verb(
        "Let 1NCE OS take a message as if a SIM had sent it.",
        _message,
        {
            "sim": SIM,
            "text": Text(most=_MOST_HEX, default=None),
            "hex": Text(most=_MOST_HEX, default=None),
            "protocol": Choice(("COAP", "UDP"), default="COAP"),
            "topic": Text(most=253, default=None),
        },
    ),
    "token": Verb("Give a token of the world's account for the Management API.", _token),
}
