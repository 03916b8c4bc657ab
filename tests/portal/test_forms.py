"""What is wrong in a form stays in its place until the service is asked again."""

import pytest

pytest.importorskip("nicegui")

from nicegui import Client, ui

from nce_sim.portal.parts.fields import Form
from nce_sim.portal.parts.form import FormDialog


def in_a_dialog():
    form = FormDialog("New", "Create")
    return form.field("url", ui.input("URL")), lambda: form._tell("url: no public address")


def in_a_card():
    field = ui.input("URL")
    return field, lambda: Form({"url": field}).tell("url: no public address")


@pytest.mark.parametrize("made", [in_a_dialog, in_a_card])
def test_it_does_not_go_while_somebody_types_and_moves_the_button_from_under_a_click(made):
    with Client(ui.page("/form")):
        field, tell = made()
        tell()
        field.set_value("https://example.com")
        assert field.error == "no public address"
