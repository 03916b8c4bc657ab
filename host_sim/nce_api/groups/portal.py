"""`session.portal`: what the portal does beyond the Management API."""

from nce_api.calls import Call, Pages
from nce_api.groups.portal_account import PortalAccount
from nce_api.groups.portal_configuration import PortalConfiguration
from nce_api.groups.portal_organisation import PortalOrganisation
from nce_api.method import M, call, page
from nce_api.models.locate import Geofence
from nce_api.models.portal import (
    AddedUser,
    CellEvent,
    CellEventDetails,
    Dashboard,
    FollowLink,
    LatestOrders,
    Lwm2mClient,
    Me,
    NewUser,
    PasswordChange,
    PortalSim,
    QuotaStep,
    Session,
    SignIn,
    Terms,
    UsageWeek,
    User,
    UserChange,
)


class Portal(PortalAccount[M], PortalConfiguration[M], PortalOrganisation[M]):
    """What the portal does beyond the Management API."""

    @call("portal.sign_in")
    def sign_in(self, email: str, password: str) -> Call[Session]:
        """A new session; it needs none."""
        return Call(body=SignIn(email=email, password=password))

    @call("portal.follow_link")
    def follow_link(self, code: str) -> Call[Session]:
        """A new session by the code of a link, which is good for once; it needs none."""
        return Call(body=FollowLink(code=code))

    @call("portal.me")
    def me(self) -> Call[Me]:
        """Who is signed in."""
        return Call()

    @call("portal.sign_out")
    def sign_out(self) -> Call[None]:
        """End all sessions of the user."""
        return Call()

    @call("portal.dashboard")
    def dashboard(self) -> Call[Dashboard]:
        """The SIMs in numbers."""
        return Call()

    @call("portal.usage")
    def usage(self) -> Call[list[UsageWeek]]:
        """What all SIMs used in the last weeks, the oldest first."""
        return Call()

    @call("portal.latest_orders")
    def latest_orders(self) -> Call[LatestOrders]:
        """The latest orders."""
        return Call()

    @call("portal.terms")
    def terms(self) -> Call[Terms]:
        """Whether the terms of 1NCE OS are accepted; `settings.accept` accepts them."""
        return Call()

    @page("portal.sims")
    def sims(
        self,
        *,
        page: int = 1,
        page_size: int = 25,
        text: str | None = None,
        field: str | None = None,
        state: str | None = None,
        session: str | None = None,
        data: str | None = None,
        sms: str | None = None,
        imei_lock: bool | None = None,
        sort: str | None = None,
    ) -> Pages[PortalSim]:
        """One page of SIMs; `text` is any part of a number or a label, `sort` such as `-label`."""
        asked = {"text": text, "field": field, "state": state, "session": session, "data": data}
        more = {"sms": sms, "imei_lock": imei_lock, "sort": sort}
        return Pages(query={"page": page, "pageSize": page_size, **asked, **more})

    @call("portal.export")
    def export(self) -> Call[str]:
        """All SIMs as CSV (RFC 4180), with PIN and PUK."""
        return Call()

    @call("portal.quota_steps")
    def quota_steps(self, iccid: str) -> Call[list[QuotaStep]]:
        """Top-ups and other steps of a SIM's data volume in six months, the oldest first."""
        return Call(iccid)

    @page("portal.users")
    def users(self, *, page: int = 1, page_size: int = 25) -> Pages[User]:
        """One page of the organisation's users, the oldest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_user")
    def add_user(self, user: NewUser) -> Call[AddedUser]:
        """Add a user whose role the caller may manage; its password is told here alone."""
        return Call(body=user)

    @call("portal.change_user")
    def change_user(self, user_id: str, change: UserChange) -> Call[User]:
        """Change a user; the sessions of one that is disabled end."""
        return Call(user_id, body=change)

    @call("portal.delete_user")
    def delete_user(self, user_id: str) -> Call[None]:
        """Delete a user; the sessions end."""
        return Call(user_id)

    @call("portal.change_password")
    def change_password(self, current: str, new: str) -> Call[None]:
        """One's own new password; all one's sessions end."""
        return Call(body=PasswordChange(current_password=current, password=new))

    @page("portal.geofences")
    def geofences(self, *, page: int = 1, page_size: int = 25) -> Pages[Geofence]:
        """One page of geofences with their shapes, the oldest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @page("portal.cell_events")
    def cell_events(
        self, *, page: int = 1, page_size: int = 25, iccid: str | None = None
    ) -> Pages[CellEvent]:
        """One page of cell tower events of all devices, the newest first."""
        return Pages(query={"page": page, "pageSize": page_size, "iccid": iccid})

    @call("portal.cell_event_by_plus")
    def cell_event_by_plus(self, number: str) -> Call[CellEventDetails]:
        """A cell tower event resolved again by Plus; it is free, and not kept."""
        return Call(number)

    @call("portal.lwm2m_client")
    def lwm2m_client(self, iccid: str) -> Call[Lwm2mClient]:
        """What a device has registered by LwM2M."""
        return Call(iccid)
