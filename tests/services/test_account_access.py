"""Who may come in: credentials, users, tokens and permissions."""

import re
from random import Random

import pytest

import nce_sim.account.access.tables
from nce_sim.account.access.permissions import MAY, PERMISSIONS, Role
from nce_sim.account.access.service import Access, BadCredentials, Kind
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.users import DISABLED, NewUser
from nce_sim.problems import Conflict, Forbidden, Invalid, NotFound, Problem
from nce_sim.storage import Work
from nce_sim.storage.metadata import METADATA
from support.account_tables import storage_with

OURS, THEIRS = 8_000_001, 8_000_002
NOW = 1_767_225_600_000
HOUR = 3_600_000
FAST = AccessSettings(scrypt_cost=2)


def account_number_of(organisation_id):
    return f"81{organisation_id:08d}"


def access_of(storage, settings=FAST):
    return Access(storage, Random(1), settings, account_number_of)


@pytest.fixture
def storage():
    storage = storage_with(nce_sim.account.access.tables)
    yield storage
    storage.close()


@pytest.fixture
def access(storage):
    return access_of(storage)


def new_user(storage, access, role, email=None, organisation_id=OURS):
    new = NewUser(email or f"{role.name.lower()}@example.com", "Ada", "Lovelace", role)
    with storage.unit() as work:
        return access.users.add(organisation_id, new, NOW, work)


# -- credentials -----------------------------------------------------------------------------


def test_the_first_credentials_can_be_read_once(storage, access):
    first = access.first_credentials(OURS, NOW)

    assert re.fullmatch(r"8108000001_[0-9a-f]{12}", first.client_id)
    assert re.fullmatch(r"[A-Za-z0-9]{40}", first.secret)
    assert access.first_credentials(OURS, NOW) is None
    assert access_of(storage).first_credentials(OURS, NOW) is None
    assert access.first_credentials(THEIRS, NOW) is not None


def test_credentials_outlive_the_process_and_the_secret_is_nowhere(storage, access):
    first = access.first_credentials(OURS, NOW)
    rows = storage.read(METADATA.tables["api_credential"].select())

    assert first.secret not in repr(rows)
    assert first.secret not in repr(first)
    assert "scrypt$" not in repr(access.credentials.of(OURS))
    assert access_of(storage).token_for(first.client_id, first.secret, NOW)


def test_a_stored_secret_keeps_its_cost_when_the_setting_changes(storage, access):
    first = access.first_credentials(OURS, NOW)
    costlier = access_of(storage, AccessSettings(scrypt_cost=4))

    assert costlier.token_for(first.client_id, first.secret, NOW)


def test_two_equal_secrets_have_different_hashes(storage, access):
    with storage.unit() as work:
        for name in ("one", "two"):
            access.credentials.add(OURS, name, "the same secret", name, NOW, work)

    one, two = access.credentials.of(OURS)
    assert one.hash != two.hash


WRONG = (
    ("an unknown id", "nobody", "secret-of-ours"),
    ("a wrong secret", "ours", "secret-of-theirs"),
    ("another's secret", "theirs", "secret-of-ours"),
    ("no secret", "ours", ""),
    ("neither", "", ""),
    ("a huge secret", "ours", "s" * 100_000),
)


@pytest.mark.parametrize(("client_id", "secret"), [row[1:] for row in WRONG])
def test_wrong_credentials_get_no_token_and_one_text(storage, access, client_id, secret):
    with storage.unit() as work:
        access.credentials.add(OURS, "ours", "secret-of-ours", "x", NOW, work)
        access.credentials.add(THEIRS, "theirs", "secret-of-theirs", "x", NOW, work)

    with pytest.raises(BadCredentials, match=r"^User does not exist\.$"):
        access.token_for(client_id, secret, NOW)


UNUSABLE = (
    ("", "secret", "name", Invalid),
    ("a:b", "secret", "name", Invalid),
    ("ä", "secret", "name", Invalid),
    ("x" * 65, "secret", "name", Invalid),
    ("id", "", "name", Invalid),
    ("id", "s" * 257, "name", Invalid),
    ("id", "secret", "", Invalid),
    ("taken", "secret", "name", Conflict),
)


@pytest.mark.parametrize(("client_id", "secret", "name", "problem"), UNUSABLE)
def test_unusable_credentials_are_refused(storage, access, client_id, secret, name, problem):
    with storage.unit() as work:
        access.credentials.add(THEIRS, "taken", "secret", "name", NOW, work)

    with pytest.raises(problem), storage.unit() as work:
        access.credentials.add(OURS, client_id, secret, name, NOW, work)
    assert access.credentials.of(OURS) == []


def test_a_rolled_back_credential_does_not_exist(access):
    work = Work()
    issued = access.credentials.create(OURS, "lost", NOW, work)
    token = access.token_for(issued.client_id, issued.secret, NOW)
    work.rolled_back()

    assert access.credentials.of(OURS) == []
    assert access.caller_of(token.text, NOW) is None


def test_deleted_credentials_end_their_tokens_even_if_the_id_comes_back(storage, access):
    first = access.first_credentials(OURS, NOW)
    token = access.token_for(first.client_id, first.secret, NOW)
    with storage.unit() as work:
        access.delete_credential(OURS, first.client_id, work)

    assert access.caller_of(token.text, NOW) is None
    with storage.unit() as work:
        access.credentials.add(OURS, first.client_id, "another secret", "x", NOW, work)
    assert access.caller_of(token.text, NOW) is None


def test_the_last_use_is_kept(storage, access):
    first = access.first_credentials(OURS, NOW)
    for now_ms in (NOW + 5, NOW + 10):  # the second one gets the same token
        with storage.unit() as work:
            access.token_for(first.client_id, first.secret, now_ms, work)

    assert access.credentials.of(OURS)[0].last_used_ms == NOW + 5
    assert access_of(storage).credentials.of(OURS)[0].last_used_ms == NOW + 5


# -- tokens ----------------------------------------------------------------------------------


def test_the_same_credentials_get_the_same_token_while_it_lives(access):
    first = access.first_credentials(OURS, NOW)
    token = access.token_for(first.client_id, first.secret, NOW)

    assert token.expires_ms == NOW + HOUR
    assert access.token_for(first.client_id, first.secret, NOW + HOUR - 1_000) == token
    assert access.token_for(first.client_id, first.secret, NOW + HOUR - 999) != token
    assert token.text not in repr(token)


def test_a_token_is_good_for_an_hour_and_no_longer(access):
    first = access.first_credentials(OURS, NOW)
    token = access.token_for(first.client_id, first.secret, NOW)

    caller = access.caller_of(token.text, NOW + HOUR - 1)
    assert (caller.organisation_id, caller.kind, caller.role, caller.name) == (
        OURS,
        Kind.CREDENTIAL,
        Role.API,
        first.client_id,
    )
    assert access.caller_of(token.text, NOW + HOUR) is None
    assert access.caller_of("a" * 64, NOW) is None
    assert access.caller_of("", NOW) is None


def test_tokens_are_bounded_and_the_oldest_goes_first(storage):
    access = access_of(storage, AccessSettings(scrypt_cost=2, most_tokens=2))
    with storage.unit() as work:
        for name in "abc":
            access.credentials.add(OURS, name, "secret", name, NOW, work)
    tokens = [access.token_for(name, "secret", NOW) for name in "abc"]

    assert [access.caller_of(token.text, NOW) is not None for token in tokens] == [
        False,
        True,
        True,
    ]
    assert access.token_for("a", "secret", NOW) != tokens[0]


# -- users -----------------------------------------------------------------------------------


def test_a_portal_user_signs_in_by_the_address_in_any_case(storage, access):
    issued = new_user(storage, access, Role.ADMIN, "Ada@Example.com")
    token = access.token_for("ADA@example.COM", issued.password, NOW)

    caller = access.caller_of(token.text, NOW)
    assert (caller.kind, caller.role, caller.name) == (Kind.USER, Role.ADMIN, "ada@example.com")
    assert access_of(storage).token_for("ada@example.com", issued.password, NOW)
    assert issued.password not in repr(issued)
    assert issued.user.hash not in repr(issued)


@pytest.mark.parametrize("role", list(Role))
def test_every_user_gets_a_token_and_only_the_api_role_may_call(storage, access, role):
    issued = new_user(storage, access, role)
    caller = access.caller_of(access.token_for(issued.user.email, issued.password, NOW).text, NOW)

    assert access.may(caller, "api.call") is (role is Role.API)


def test_an_owner_may_call_when_the_settings_follow_the_older_documents(storage):
    access = access_of(storage, AccessSettings(scrypt_cost=2, owner_may_call_api=True))
    issued = access.first_owner(OURS, NOW)
    token = access.token_for("owner@example.com", issued.password, NOW)

    assert access.may(access.caller_of(token.text, NOW), "api.call")
    assert access.first_owner(OURS, NOW) is None


def test_a_disabled_user_is_out_at_once(storage, access):
    issued = new_user(storage, access, Role.USER)
    token = access.token_for(issued.user.email, issued.password, NOW)
    with storage.unit() as work:
        access.users.change(OURS, issued.user.user_id, by=Role.OWNER, state=DISABLED, work=work)

    assert access.caller_of(token.text, NOW) is None
    with pytest.raises(BadCredentials):
        access.token_for(issued.user.email, issued.password, NOW)
    assert access_of(storage).users.of(OURS)[0].state == DISABLED


def test_a_token_follows_the_role_of_its_user(storage, access):
    issued = new_user(storage, access, Role.ADMIN)
    token = access.token_for(issued.user.email, issued.password, NOW)
    with storage.unit() as work:
        access.users.change(
            OURS, issued.user.user_id, by=Role.OWNER, role=Role.READ_ONLY, work=work
        )

    assert access.caller_of(token.text, NOW).role is Role.READ_ONLY


def test_a_new_password_ends_the_tokens_of_the_old_one(storage, access):
    issued = new_user(storage, access, Role.USER)
    token = access.token_for(issued.user.email, issued.password, NOW)
    with storage.unit() as work:
        access.set_password(OURS, issued.user.user_id, "another password", work)

    assert access.caller_of(token.text, NOW) is None
    assert access.token_for(issued.user.email, "another password", NOW)
    with pytest.raises(BadCredentials):
        access.token_for(issued.user.email, issued.password, NOW)


# Who may manage whom (1nce_os_2.md, 3.5): nobody an owner, an owner an admin, both the others.
MANAGES = {
    (Role.OWNER, role)
    for role in (Role.ADMIN, Role.USER, Role.READ_ONLY, Role.THIRD_PARTY, Role.API)
} | {(Role.ADMIN, role) for role in (Role.USER, Role.READ_ONLY, Role.THIRD_PARTY, Role.API)}


@pytest.mark.parametrize("by", list(Role))
@pytest.mark.parametrize("role", list(Role))
def test_who_may_add_change_and_delete_whom(storage, access, by, role):
    user = new_user(storage, access, role).user
    other = new_user(storage, access, Role.USER, "other@example.com").user
    calls = (
        lambda work: access.users.create(
            OURS, NewUser("new@example.com", "A", "B", role), by, NOW, work
        ),
        lambda work: access.users.change(OURS, user.user_id, by=by, first_name="Eve", work=work),
        lambda work: access.users.change(OURS, other.user_id, by=by, role=role, work=work),
        lambda work: access.delete_user(OURS, user.user_id, by, work),
    )
    for call in calls:
        if (by, role) in MANAGES:
            with storage.unit() as work:
                call(work)
        else:
            with pytest.raises(Forbidden), storage.unit() as work:
                call(work)


BAD_USERS = (
    (NewUser("no address", "A", "B", Role.USER), Invalid),
    (NewUser("a@b@c", "A", "B", Role.USER), Invalid),
    (NewUser("a:b@example.com", "A", "B", Role.USER), Invalid),
    (NewUser("<b>@example.com", "A", "B", Role.USER), Invalid),
    (NewUser("a@example.com", "", "B", Role.USER), Invalid),
    (NewUser("a@example.com", "A", "B\n", Role.USER), Invalid),
    (NewUser("a@example.com", "A", "B", Role.USER, "short"), Invalid),
    (NewUser("a@example.com", "A", "B", Role.USER, "x" * 257), Invalid),
    (NewUser("USER@example.com", "A", "B", Role.USER), Conflict),
)


@pytest.mark.parametrize(("new", "problem"), BAD_USERS)
def test_unusable_users_are_refused(storage, access, new, problem):
    new_user(storage, access, Role.USER, organisation_id=THEIRS)

    with pytest.raises(problem), storage.unit() as work:
        access.users.add(OURS, new, NOW, work)
    assert access.users.of(OURS) == []


def test_nobody_signs_in_to_a_deleted_organisation(storage, access):
    first = access.first_credentials(OURS, NOW)
    user = new_user(storage, access, Role.USER)
    kept = new_user(storage, access, Role.USER, "theirs@example.com", THEIRS).user
    tokens = [
        access.token_for(*pair, NOW)
        for pair in ((first.client_id, first.secret), (user.user.email, user.password))
    ]
    with storage.unit() as work:
        access.forget(OURS, work)

    assert [access.caller_of(token.text, NOW) for token in tokens] == [None, None]
    assert access_of(storage).users.of(OURS) == []
    assert access_of(storage).credentials.of(OURS) == []
    assert access.users.of(THEIRS) == [kept]


# -- permissions -----------------------------------------------------------------------------

# Lines of the portal's table as the document has them: Owner, Admin, User, Read only, 3rd party.
SAMPLE = {
    "dashboard.see": "OAUR3",
    "dashboard.reorder": "OA---",
    "sims.state": "OAU--",
    "sims.top_up": "OA---",
    "sims.send_sms": "OAU-3",
    "configuration.breakout": "OA--3",
    "configuration.openvpn": "OAU-3",
    "orders.see": "OAUR-",
    "orders.create": "OA---",
    "users.manage_owner": "-----",
    "users.manage_admin": "O----",
    "organisation.sim_transfer": "OA---",
    "support.create": "OAU--",
}


@pytest.mark.parametrize(("permission", "letters"), SAMPLE.items())
def test_the_permissions_are_those_of_the_document(permission, letters):
    roles = (Role.OWNER, Role.ADMIN, Role.USER, Role.READ_ONLY, Role.THIRD_PARTY)

    assert [MAY[role, permission] for role in roles] == [letter != "-" for letter in letters]


def test_an_api_credential_has_no_permission_in_the_portal():
    assert [name for name in PERMISSIONS if MAY[Role.API, name]] == ["api.call"]


def test_a_read_only_user_changes_nothing():
    granted = {name.split(".")[1] for name in PERMISSIONS if MAY[Role.READ_ONLY, name]}

    seeing = {"see", "latest_orders", "open", "own_user", "own", "invoices", "affected_sims"}
    assert granted == seeing


# -- isolation -------------------------------------------------------------------------------


ISOLATED = (
    lambda access, first, user, work: access.delete_credential(THEIRS, first.client_id, work),
    lambda access, first, user, work: access.users.get(THEIRS, user.user_id),
    lambda access, first, user, work: access.users.change(
        THEIRS, user.user_id, by=Role.OWNER, state=DISABLED, work=work
    ),
    lambda access, first, user, work: access.set_password(
        THEIRS, user.user_id, "a new password", work
    ),
    lambda access, first, user, work: access.delete_user(THEIRS, user.user_id, Role.OWNER, work),
)


@pytest.mark.parametrize("call", ISOLATED)
def test_another_organisation_finds_nothing_of_ours(storage, access, call):
    first = access.first_credentials(OURS, NOW)
    user = new_user(storage, access, Role.USER).user

    with pytest.raises(Problem) as caught, storage.unit() as work:
        call(access, first, user, work)
    assert isinstance(caught.value, NotFound)
    assert access.credentials.of(THEIRS) == []
    assert access.users.of(THEIRS) == []
    assert access.users.get(OURS, user.user_id) == user
