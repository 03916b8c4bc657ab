"""The table of contents: which page stands in which section, and the first page's words."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """One section of the site: a page of contents, and the pages below it in their order."""

    name: str
    title: str
    intro: str
    pages: tuple[str, ...]


START = """# nce-iot

Firmware for 1NCE's IoT SIMs in MicroPython, and a simulated world to test it in.

## Three ways in

| you | start with |
|---|---|
| have a board on the desk | [Flash a board](flash.md) |
| test on real or emulated hardware | [Test with hardware in the loop](hardware.md) |
| have no hardware | [Test without hardware](simulated.md) |

Do you write the program that gets the data? Go to [the cloud side](cloud.md).

## Look it up

- [How-to pages](how_to.md): one task each.
- [Playground](docs/playground.md): the Energy Saver's templates, in this page.
- [Reference](reference.md): commands, settings, errors, AT commands, the Python API.
- [Explanation](explanation.md): how it works, and why.
- [The project](project.md): the overview, the history, how to contribute.
"""

SECTIONS = (
    Section(
        "flash",
        "Flash a board",
        "From an empty folder to a board that attaches and sends. "
        "No board yet? The same steps work with an emulated one.",
        (
            "docs/first_board.md",
            "docs/firmware.md",
            "boards/README.md",
            "firmware/README.md",
            "docs/mip.md",
            "boards/walter/README.md",
            "boards/pico_lte/README.md",
            "boards/pico_sim7080g/README.md",
            "boards/m5_catm/README.md",
            "boards/t_a7670/README.md",
            "boards/t_sim7000g/README.md",
            "boards/t_sim7080g_s3/README.md",
            "boards/raspberry_pi/README.md",
            "boards/any/README.md",
            "boards/serial/README.md",
            "boards/unix/README.md",
        ),
    ),
    Section(
        "hardware",
        "Test with hardware in the loop",
        "The same tests on an emulated board, a real board and a real modem.",
        (
            "docs/first_hardware_test.md",
            "docs/hardware_in_the_loop.md",
            "docs/hardware.md",
            "boards/qemu/README.md",
            "boards/pico/README.md",
        ),
    ),
    Section(
        "simulated",
        "Test without hardware",
        "From the first fixture to a month in virtual time.",
        (
            "docs/first_simulated_test.md",
            "docs/testing.md",
            "docs/own_firmware.md",
            "docs/control.md",
            "host_sim/README.md",
        ),
    ),
    Section(
        "cloud",
        "The cloud side",
        "1NCE's Management API, simulated; its client; webhooks; the portal.",
        (
            "docs/cloud.md",
            "docs/portal.md",
            "host_sim/nce_api/README.md",
            "host_sim/nce_api/documents/README.md",
        ),
    ),
    Section(
        "how_to",
        "How-to pages",
        "One task each.",
        (
            "docs/how_to/energy_saver_sensor.md",
            "docs/playground.md",
            "docs/how_to/lwm2m_sensor.md",
            "docs/lwm2m.md",
            "docs/how_to/sleep_for_a_month.md",
            "docs/how_to/coverage_hole.md",
            "docs/how_to/update_over_the_air.md",
            "docs/how_to/attach_failure.md",
            "docs/how_to/record_and_replay.md",
            "docs/how_to/many_worlds.md",
            "docs/how_to/add_a_board.md",
            "docs/how_to/add_a_modem_family.md",
        ),
    ),
    Section(
        "reference",
        "Reference",
        "The pages of the packages are written by hand. All others are made from the code of this "
        "version.",
        (
            "sdk/README.md",
            "modem/README.md",
            "bcl/README.md",
            "reference/command.md",
            "reference/management_api.md",
            "reference/portal_api.md",
            "reference/control_api.md",
            "reference/verbs.md",
            "reference/settings.md",
            "reference/events.md",
            "reference/errors.md",
            "reference/faults.md",
            "reference/bcl_rules.md",
            "reference/at_commands.md",
            "reference/lwm2m_objects.md",
            "reference/python.md",
            "docs/modem_commands.md",
            "docs/modem_corrections.md",
            "docs/modem_programs.md",
            "docs/lwm2m_test_cases.md",
            "docs/board_sizes.md",
        ),
    ),
    Section(
        "explanation",
        "Explanation",
        "How it works, and why.",
        (
            "docs/architecture.md",
            "reference/house.md",
            "reference/first_message.md",
            "reference/radio_day.md",
            "docs/explanation/sim_identity.md",
            "docs/explanation/dtls_on_nb_iot.md",
            "docs/explanation/sans_io.md",
            "docs/explanation/what_is_simulated.md",
            "docs/explanation/security_model.md",
            "docs/explanation/how_it_is_tested.md",
            "docs/explanation/performance.md",
        ),
    ),
    Section(
        "project",
        "The project",
        "The overview, the history, and how to contribute.",
        ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "tests/fuzz/README.md"),
    ),
)
