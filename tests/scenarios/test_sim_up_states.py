"""`nce sim up`: back to a state, a script, trouble, and a move to another computer, by command."""

import json

import httpx
import pytest

from support.running_world import endpoint_twin, open_world, run_nce, socket_at

POST = b"\x40\x02\x00%c\xff%s"  # RFC 7252, 3: CON POST
CHANGED, UNAVAILABLE = 0x44, 0xA3  # 2.04, 5.03


def post(world, mid, payload):
    """The code of the answer to a message from the first SIM's twin, by literal bytes."""
    with socket_at(world.description["sims"][0]["twin"]) as line:
        line.sendto(POST % (mid, payload), endpoint_twin(world.description, 5683))
        return line.recv(100)[1]


def messages(world):
    """How many messages the Device Inspector has, by the API with a fresh token."""
    api = world.description["api"]
    grant = {"grant_type": "client_credentials"}
    by = (api["client_id"], api["client_secret"])
    token = httpx.post(f"{api['url']}/oauth/token", auth=by, json=grant, timeout=10).json()
    iccid = world.description["sims"][0]["iccid"]
    answer = httpx.get(
        f"{api['url']}/v1/inspect/devices/{iccid}/history",
        headers={"Authorization": f"Bearer {token['access_token']}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    return len(answer.json()["items"])


def told(world, *command):
    done = world.nce("sim", *command)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_states_trouble_and_export_by_command(tmp_path):
    export = tmp_path / "world.jsonl"
    script = tmp_path / "script.jsonl"
    script.write_text(json.dumps({"at_s": 0, "verb": "snapshot", "arguments": {"name": "dawn"}}))
    with open_world("--export", str(export), "--script", str(script)) as world:
        assert post(world, 1, b"one") == CHANGED
        assert "lunch is kept" in told(world, "snapshot", "lunch")
        assert "coap error 503, for 1 request(s)" in told(
            world, "trouble", "coap", "error", "--count", "1"
        )
        assert post(world, 2, b"two") == UNAVAILABLE
        assert told(world, "troubles") == "There is no trouble.\n"
        assert post(world, 3, b"three") == CHANGED
        told(world, "trouble", "api", "down")
        told(world, "trouble", "udp", "silence")
        assert "2 trouble(s) ended" in told(world, "end-trouble")
        assert messages(world) == 2
        assert "at lunch again" in told(world, "restore", "lunch")
        assert messages(world) == 1
        assert post(world, 3, b"three") == CHANGED  # a new server: no message is known to it
        listed = json.loads(told(world, "snapshots", "--json"))["snapshots"]
        assert [one["name"] for one in listed] == ["start", "dawn", "lunch"]
        refused = world.nce("sim", "restore", "supper")
        assert (refused.returncode, "there is no snapshot 'supper'" in refused.stderr) == (1, True)
        refused = world.nce("sim", "rotate-key", "1")
        assert (refused.returncode, "has no key yet" in refused.stderr) == (1, True)
        secret = world.description["api"]["client_secret"]
        world.end()
    assert secret not in export.read_text()
    with open_world("--import", str(export)) as world:
        world.description["api"]["client_secret"] = secret
        assert messages(world) == 2
        assert "at start again" in told(world, "rewind")
        assert messages(world) == 2


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--script", '{"at_s": 0, "verb": "x"}', "line 1: unknown verb"),
        ("--import", "{}", "is no export of a world"),
    ],
)
def test_a_wrong_file_is_named(option, text, words, tmp_path):
    path = tmp_path / "wrong.jsonl"
    path.write_text(text)
    done = run_nce(str(tmp_path), "sim", "up", "--twins", "off", option, str(path))
    assert done.returncode != 0
    assert words in " ".join(done.stderr.replace("│", " ").split())
