"""The form of an integration with AWS IoT Core, and what is to be done at AWS after it.

if await add_aws(clouds): ...

The token of the stack is shown this once.
"""

from __future__ import annotations

from nicegui import ui
from pydantic import ValidationError

from nce_api.drivers import Awaited
from nce_api.groups.clouds import Clouds
from nce_api.models.clouds import CloudFormationStack, IntegrationDetails, NewAwsIntegration
from nce_sim.portal.pages.cloud_integrator.event_choice import EventChoice
from nce_sim.portal.pages.cloud_integrator.webhook_form import JSON, JSON_HELP, MOST_NAME
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.fields import Form, text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import buttons, window


async def add_aws(clouds: Clouds[Awaited]) -> bool:
    """Ask for a new integration; whether there is one now."""

    async def send() -> None:
        form.clear()
        rows = events.rows()
        if not form.has_all("name") or not rows:
            return
        try:
            new = NewAwsIntegration.model_validate(
                {
                    "name": name.value,
                    "eventTypes": rows,
                    "jsonPayloadEnabled": bool(as_json.value),
                }
            )
        except ValidationError as error:
            form.refuse(error)
            return
        made, problem = await asked(lambda: clouds.create_aws(new))
        if made is None:
            form.tell(problem or "no answer")
        else:
            dialog.submit(made)

    with window("New AWS integration", wide=True, keeps=True) as dialog:
        name = text("Integration name", most=MOST_NAME).props("autofocus")
        events = EventChoice(("TELEMETRY_DATA",))
        as_json = ui.checkbox(JSON)
        words("p", JSON_HELP, "note below")
        buttons(dialog, "Add", send)
    form = Form({"name": name})
    made: IntegrationDetails | None = await answer_of(dialog)
    if made is None:
        return False
    stacks, _ = await asked(clouds.aws_parameters)
    await _show_rollout(made, stacks.awsIntegration if stacks else [])
    return True


async def _show_rollout(made: IntegrationDetails, stacks: list[CloudFormationStack]) -> None:
    title = f"{made.name}: roll out the stack in your AWS account"
    with window(title, wide=True, keeps=True) as dialog:
        with box("ol", "steps"):
            with box("li"):
                words("span", "Make a stack in CloudFormation, in a region with AWS IoT Core, of ")
                for stack in stacks:
                    label = f"1NCE's template {stack.version}"
                    words("a", label, href=_web(stack.url), target="_blank", rel="noopener")
            with box("li"):
                words(
                    "span", "Give it this token, which is valid for an hour and shown this once:"
                )
                words("code", made.jwt or "–", "mono token")
            words("li", "Wait until the status is Rollout Done: events go to AWS from then on.")
        with box("div", "row justify-end full-width"):
            main("Done", lambda: dialog.submit(True))
    await answer_of(dialog)


def _web(address: str) -> str | None:
    """An address of the web; another one is no link."""
    return address if address.startswith("https://") else None
