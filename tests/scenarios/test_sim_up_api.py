"""`nce sim up` serves its HTTP API: a first token as its own words say, TLS, a second start."""

import json
import ssl
import time

import httpx
import pytest

from nce_cli.api_options import api_lines, portal_lines
from support.running_world import open_world

GRANT = {"grant_type": "client_credentials"}


def token(api, **options):
    return httpx.post(
        f"{api['url']}/oauth/token",
        auth=(api["client_id"], api["client_secret"]),
        json=GRANT,
        timeout=10,
        **options,
    )


def signed_in(portal, **credentials):
    return httpx.post(f"{portal['url']}/session", json=credentials, timeout=10).status_code


@pytest.mark.slow
def test_a_first_token_and_after_a_second_start(tmp_path):
    options = ("--twins", "off", "--db", str(tmp_path / "world.db"))
    with open_world(*options) as world:
        first = world.description["api"]
        assert first["url"].startswith("http://127.0.0.1:")
        assert 3590 <= token(first).json()["expires_in"] <= 3600
        assert httpx.get(first["docs"], timeout=10).status_code == 200
        assert httpx.get(f"{first['url']}/v1/sims", timeout=10).status_code == 401
        portal = world.description["portal"]
        owner = {"email": portal["email"], "password": portal["password"]}
        assert signed_in(portal, **owner) == 201
        assert portal["password"] in portal_lines(portal)[-1]
        assert httpx.get(portal["docs"], timeout=10).status_code == 200
        told = world.end()
        assert first["client_secret"] not in told
        assert portal["password"] not in told
    with open_world(*options) as world:
        again = world.description["api"]
        assert (again["client_id"], again["client_secret"]) == (first["client_id"], None)
        assert "--new-credentials" in api_lines(again)[-1]
        known = {**again, "client_secret": first["client_secret"]}
        assert token(known).status_code == 200
        portal = world.description["portal"]
        assert (portal["email"], portal["password"]) == (None, None)
        assert not any(owner["password"] in line for line in portal_lines(portal))
        assert signed_in(portal, **owner) == 201
    with open_world(*options, "--new-credentials") as world:
        another = world.description["api"]
        assert another["client_id"] != first["client_id"]
        assert token(another).status_code == 200


def test_tls_is_trusted_by_its_ca_alone():
    with open_world("--twins", "off", "--tls") as world:
        api = world.description["api"]
        trusted = ssl.create_default_context(cafile=api["ca"])
        assert token(api, verify=trusted).status_code == 200
        with pytest.raises(httpx.ConnectError, match="certificate"):
            token(api)


def test_its_time_runs_at_the_speed_that_is_asked_for():
    with open_world("--twins", "off", "--speed", "200") as world:
        api = world.description["api"]
        first, started_s = token(api).json(), time.monotonic()
        again = first
        while again["expires_in"] > 3500:  # half a second of real time
            assert time.monotonic() - started_s < 20
            again = token(api).json()
    assert again["access_token"] == first["access_token"]
    assert time.monotonic() - started_s < 20


def test_accounts_of_a_file_and_a_country(tmp_path):
    accounts = tmp_path / "accounts.json"
    branch = {"name": "Branch", "email": "branch@example.com", "country": "DE"}
    # The address that the first owner would have: it is taken.
    user = {"email": "owner@example.com", "role": "User", "password": "of a sub-account"}
    content = {
        "credentials": [{"client_id": "ci", "client_secret": "from-a-file"}],
        "sub_accounts": [{**branch, "users": [user]}],
    }
    accounts.write_text(json.dumps(content))
    with open_world("--twins", "off", "--accounts", str(accounts), "--country", "US") as world:
        api = world.description["api"]
        assert (api["client_id"], api["client_secret"]) == ("ci", None)
        known = {**api, "client_secret": "from-a-file"}
        assert token(known).status_code == 200
        portal = world.description["portal"]
        assert portal["password"] is None
        assert signed_in(portal, email=user["email"], password=user["password"]) == 201
        assert "from-a-file" not in world.end()
