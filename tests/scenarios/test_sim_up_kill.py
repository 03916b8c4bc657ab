"""`nce sim up` is killed right after an answer: what the answer said is there in the next run."""

from contextlib import contextmanager

import httpx

from support.running_world import open_world

GRANT = {"grant_type": "client_credentials"}


@contextmanager
def signed_in(world, secret):
    """A client of the Management API."""
    api = world.description["api"]
    with httpx.Client(base_url=api["url"], timeout=10) as client:
        answer = client.post("/oauth/token", auth=(api["client_id"], secret), json=GRANT)
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        yield client


def test_an_sms_that_was_cancelled_stays_so_and_stays_counted(tmp_path):
    options = ("--twins", "off", "--db", str(tmp_path / "world.db"))
    with open_world(*options) as world:
        sim = f"/v1/sims/{world.description['sims'][0]['iccid']}"
        secret = world.description["api"]["client_secret"]
        with signed_in(world, secret) as client:
            before = client.get(f"{sim}/quota/sms").json()["volume"]
            # The modem is off, so it waits.
            sent = client.post(f"{sim}/sms", json={"payload": "not this"})
            assert sent.status_code == 201, sent.text
            number = client.get(f"{sim}/sms").json()[0]["id"]
            cancelled = client.delete(f"{sim}/sms/{number}")
            world.process.kill()
            assert cancelled.is_success, cancelled.text
            world.process.wait()
    with open_world(*options) as world, signed_in(world, secret) as client:
        [message] = client.get(f"{sim}/sms").json()
        assert message["status"]["description"] == "FAILED"
        assert client.get(f"{sim}/quota/sms").json()["volume"] == before - 1
