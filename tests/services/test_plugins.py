"""Plugins of partners: one for each, keys that stay in, and where the CoAP proxy may go."""

import re
from dataclasses import replace
from random import Random

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.services.plugins.partners import (
    DatacakeDetails,
    MemfaultDetails,
    MenderDetails,
    TartabitDetails,
    key_pair,
)
from nce_sim.services.plugins.routes import ForeignHost, route_of
from nce_sim.services.plugins.service import Plugins
from nce_sim.services.plugins.settings import PluginSettings
from nce_sim.storage import Storage, Work
from nce_sim.tables import METADATA

OURS, THEIRS = 8_000_001, 8_000_002
NOW = 1_767_225_600_000
ICCID = "8988228066604086910"
# A key as short as the library allows: it protects nothing here.
SMALL = PluginSettings(mender_key_bits=1_024)
DATACAKE = DatacakeDetails("abcdef12-0000-0000-ab12-123456789012")
TARTABIT = TartabitDetails("bridge-us.tartabit.com", "webhook-secret-0042")


def ec_key():
    key = ec.generate_private_key(ec.SECP256R1())
    encoding, no_password = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, no_password)
    public = key.public_key().public_bytes(
        encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


@pytest.fixture(scope="module")
def pair():
    return key_pair(1_024)


@pytest.fixture(scope="module")
def other_pair():
    return key_pair(1_024)


@pytest.fixture
def storage():
    storage = Storage(METADATA)
    yield storage
    storage.close()


@pytest.fixture
def plugins(storage):
    return plugins_of(storage)


def plugins_of(storage, settings=SMALL):
    return Plugins(storage, lambda: NOW, Random(1), settings)


def install(storage, plugins, details, organisation_id=OURS):
    with storage.unit() as work:
        return plugins.install(organisation_id, details, work)


def test_each_partner_has_one_plugin_in_an_organisation(storage, plugins, pair):
    mender = MenderDetails("tenant", *pair)
    for details in (DATACAKE, TARTABIT, mender, MemfaultDetails()):
        plugin = install(storage, plugins, details)
        assert re.fullmatch(r"[\w-]{21}", plugin.plugin_id)
        assert plugin.status == "INSTALLED"
        with pytest.raises(Conflict, match=f"{details.partner} is installed already"):
            install(storage, plugins, details)
        install(storage, plugins, details, THEIRS)
    for one in (plugins, plugins_of(storage)):
        partners = {plugin.partner for plugin in one.list(OURS)}
        assert partners == {"DATACAKE", "TARTABIT", "MENDER", "MEMFAULT"}
        assert one.of_partner(OURS, "MENDER").details == mender


def test_the_order_of_plugins_is_the_same_after_a_start(storage, plugins, pair):
    work = Work()
    plugin = install(storage, plugins, DATACAKE)
    same_instant = [plugin]
    same_instant += [
        install(storage, plugins, details)
        for details in (TARTABIT, MenderDetails("tenant", *pair), MemfaultDetails())
    ]
    plugins.uninstall(OURS, plugin.plugin_id, work)
    work.rolled_back()  # it is put back behind the others
    by_id = sorted(same_instant, key=lambda found: found.plugin_id)
    assert by_id != same_instant
    for one in (plugins, plugins_of(storage)):
        assert one.list(OURS) == by_id


def test_an_uninstalled_plugin_is_gone_with_its_tokens(storage, plugins, pair):
    plugin = install(storage, plugins, MenderDetails("tenant", *pair))
    theirs = install(storage, plugins, MenderDetails("tenant", *pair), THEIRS)
    with storage.unit() as work:
        plugins.tokens.keep(plugin.plugin_id, ICCID, "hosted.mender.io", "jwt", work)
        plugins.tokens.keep(theirs.plugin_id, "1", "hosted.mender.io", "jwt", work)
    assert plugins.tokens.of(plugin.plugin_id, "1", "hosted.mender.io") is None
    gone = []
    plugins.on_uninstall(lambda plugin, work: gone.append(plugin.partner))
    with storage.unit() as work:
        plugins.uninstall(OURS, plugin.plugin_id, work)
    assert gone == ["MENDER"]
    for one in (plugins, plugins_of(storage)):
        assert one.list(OURS) == []
        assert one.tokens.of(plugin.plugin_id, ICCID, "hosted.mender.io") is None
        assert one.tokens.of(theirs.plugin_id, "1", "hosted.mender.io") == "jwt"
        assert one.tokens.of(theirs.plugin_id, "1", "eu.hosted.mender.io") is None
    with pytest.raises(NotFound):
        plugins.get(OURS, plugin.plugin_id)


def test_another_organisations_plugin_is_not_found(storage, plugins):
    plugin = install(storage, plugins, DATACAKE)
    with pytest.raises(NotFound, match="no plugin"):
        plugins.get(THEIRS, plugin.plugin_id)
    with pytest.raises(NotFound), storage.unit() as work:
        plugins.uninstall(THEIRS, plugin.plugin_id, work)
    assert plugins.list(THEIRS) == []


def test_what_is_rolled_back_did_not_happen(storage, plugins):
    work = Work()
    plugin = plugins.install(OURS, DATACAKE, work)
    plugins.set_status(plugin, has_failed=True, work=work)
    work.rolled_back()
    assert plugins.list(OURS) == []
    kept = install(storage, plugins, DATACAKE)
    work = Work()
    plugins.uninstall(OURS, kept.plugin_id, work)
    work.rolled_back()
    assert plugins.list(OURS) == [kept]


def test_keys_are_in_no_repr_and_shown_by_their_end_alone(storage, plugins, pair):
    for details in (TARTABIT, MenderDetails("tenant-token-0815", *pair), MemfaultDetails()):
        plugin = install(storage, plugins, details)
        for text in (repr(plugin), repr(plugin.as_json(shows_keys=False))):
            for secret in ("secret", "tenant-token", "PRIVATE KEY"):
                assert secret not in text
    tartabit, mender, memfault = (
        plugins.of_partner(OURS, name) for name in ("TARTABIT", "MENDER", "MEMFAULT")
    )
    assert tartabit.as_json(False)["webhookKey"] == "********0042"
    assert mender.as_json(False)["tenantToken"] == "********0815"
    assert mender.as_json(True)["privateKey"] == pair[0]
    assert mender.as_json(False)["publicKey"] == pair[1]
    assert len(memfault.details.project_key) == 32
    assert memfault.details.project_key not in repr(memfault)
    shown = memfault.as_json(True)
    assert set(shown) - set(memfault.summary()) == {"email", "url", "memfaultProjectId"}


def test_mender_gets_a_key_pair_when_the_customer_gives_none(storage, plugins):
    plugin = install(storage, plugins, MenderDetails("tenant"))
    replace(plugin.details).check()
    assert plugin.details.private_key.startswith("-----BEGIN RSA PRIVATE KEY-----")


def test_wrong_details_are_refused(storage, plugins, pair, other_pair):
    private, public = pair
    wrong = (
        (DatacakeDetails(""), "workspaceId"),
        (DatacakeDetails("a b"), "workspaceId"),
        (TartabitDetails("no host", "key"), "serverDomain is no host"),
        (TartabitDetails("host.example/path", "key"), "serverDomain is no host"),
        (TartabitDetails("user@host.example", "key"), "serverDomain is no host"),
        (TartabitDetails("bridge-us.tartabit.com", "-key"), "webhookKey"),
        (TartabitDetails("bridge-us.tartabit.com", "k" * 41), "webhookKey"),
        (MenderDetails(""), "tenantToken has 0 characters"),
        (MenderDetails("t", private), "belong together"),
        (MenderDetails("t", None, public), "belong together"),
        (MenderDetails("t", "nonsense", public), "no PEM"),
        (MenderDetails("t", private, "nonsense"), "publicKey is no PEM"),
        (MenderDetails("t", private, other_pair[1]), "not the key of privateKey"),
        (MenderDetails("t", *ec_key()), "not of RSA"),
        (MenderDetails("t", private + "\n" * 3_000, public), "3000 characters"),
    )
    for details, message in wrong:
        with pytest.raises(Invalid, match=message) as caught:
            install(storage, plugins, details)
        assert private[40:80] not in str(caught.value)
    assert plugins.list(OURS) == []


# -- where the proxy may go ------------------------------------------------------------------

CHUNKS = "https://chunks.memfault.com/api/v0/chunks/"
MENDER = "https://hosted.mender.io/api/devices/v1/inventory/device/attributes"

ROUTES = (
    (CHUNKS + ":iccid:", f"https://chunks.memfault.com/api/v0/chunks/{ICCID}"),
    (CHUNKS.replace(".com/", ".com:443/") + "x", CHUNKS + "x"),
    (CHUNKS.upper().replace("/API/V0/CHUNKS/", "/api/v0/chunks/") + "x", CHUNKS + "x"),
    (MENDER, MENDER),
    (MENDER.replace("hosted", "eu.hosted") + "?a=:iccid:", None),
    (MENDER.replace("v1", "v2%20"), MENDER.replace("v1", "v2%20")),
)
FOREIGN = (
    "http://chunks.memfault.com/api/v0/chunks/x",
    "https://example.com/api/v0/chunks/x",
    "https://127.0.0.1/api/v0/chunks/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[::1]/api/v0/chunks/x",
    "https://chunks.memfault.com.example.com/api/v0/chunks/x",
    "https://chunks.memfault.com@example.com/api/v0/chunks/x",
    "https://example.com#@chunks.memfault.com/api/v0/chunks/x",
    "https://example.com\\@chunks.memfault.com/api/v0/chunks/x",
    "https://chunks.memfault.com:8443/api/v0/chunks/x",
    "https://chunks.memfault.com:x/api/v0/chunks/x",
    "https://chunks.memfault.com/api/v0/projects",
    "https://chunks.memfault.com/api/v0/chunks/../projects",
    "https://chunks.memfault.com/api/v0/chunks/%2e%2e/projects",
    "https://chunks.memfault.com/api/v0/chunks/%252e%252e/projects",
    "https://chunks.memfault.com/api/v0/chunks/..%2fprojects",
    "https://chunks.memfault.com/api/v0/chunks/..\\projects",
    "https://chunks.memfault.com/api/v0/chunks/x\r\nHost: example.com",
    "https://chunks.memfault.com/api/v0/chunks/\u00e4",
    "https://hosted.mender.io/api/management/v1/useradm/users",
    "https://hosted.mender.io/api/devices/v1/../../management/v1/users",
    "https://user:password@hosted.mender.io/api/devices/v1/x",
    "//hosted.mender.io/api/devices/v1/x",
    "file:///etc/passwd",
    "coap://hosted.mender.io/api/devices/v1/x",
    "https://:iccid:/api/devices/v1/x",
    "https://[",
    "",
)


@pytest.mark.parametrize("row", ROUTES, ids=lambda row: row[0])
def test_a_documented_uri_has_a_route(row):
    uri, url = row
    route = route_of(uri, ICCID)
    assert route.url({}) == (url or uri.replace(":iccid:", ICCID))
    assert route.url({route.host: "http://127.0.0.1:81/"}).startswith("http://127.0.0.1:81/api/")


@pytest.mark.parametrize("uri", FOREIGN)
def test_the_proxy_goes_nowhere_else(uri):
    with pytest.raises(ForeignHost):
        route_of(uri, ICCID)


def test_a_wrong_setting_is_told():
    with pytest.raises(ValueError, match="give such as http://HOST:80"):
        PluginSettings(stand_ins={"hosted.mender.io": "127.0.0.1:80"})
    with pytest.raises(ValueError, match=r"4\.03"):
        PluginSettings(no_plugin_code=1)
