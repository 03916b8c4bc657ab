"""The order of a run: what takes long begins, or one worker ends alone with it."""

import pytest

# Their tests take ten seconds and more.
LONG = (
    "test_stories_in_a_browser.py",
    "test_targets.py",
    "test_parity_over_a_pty.py",
    "test_first_light.py",
    "test_thirty_days.py",
    "test_portable_on_micropython.py",
    "test_every_fault.py",
    "test_sim_tell.py",
    "test_sim_time.py",
    "test_serial_board.py",
    "test_modem_session.py",
    "test_blueprint_trials.py",
    "test_kill_world.py",
    "test_kill_backend.py",
    "test_schemathesis.py",
    "test_prism.py",
    "test_hub_site.py",
)


class Order:
    """The plugin; it sorts what is left once tests were chosen."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        places = {name: place for place, name in enumerate(LONG)}
        items.sort(key=lambda item: places.get(item.path.name, len(LONG)))
