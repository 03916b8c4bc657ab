"""`session.portal`: the account's data, its credentials, and how the service performs."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page
from nce_api.models.portal_account import (
    AddedCredential,
    Address,
    AddressChange,
    Credential,
    Email,
    EmailChange,
    Export,
    Kind,
    NewAddress,
    NewCredential,
    NewEmail,
    NewExport,
    Organisation,
    OrganisationChange,
    OwnUser,
    OwnUserChange,
    PaymentMethods,
    Performance,
)


class PortalAccount(Group[M]):
    """What the portal's pages of the account ask for."""

    @call("portal.organisation")
    def organisation(self) -> Call[Organisation]:
        """The caller's organisation."""
        return Call()

    @call("portal.change_organisation")
    def change_organisation(self, change: OrganisationChange) -> Call[Organisation]:
        """Change customer data; the name and the country stay."""
        return Call(body=change)

    @call("portal.set_payment_methods")
    def set_payment_methods(self, *methods: str) -> Call[Organisation]:
        """Set how the organisation may pay."""
        return Call(body=PaymentMethods(methods=list(methods)))

    @page("portal.addresses")
    def addresses(self, *, page: int = 1, page_size: int = 100) -> Pages[Address]:
        """The billing and shipping addresses."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_address")
    def add_address(self, address: NewAddress) -> Call[Address]:
        """Add a billing or shipping address."""
        return Call(body=address)

    @call("portal.change_address")
    def change_address(self, address_id: str, change: AddressChange) -> Call[Address]:
        """Change an address."""
        return Call(address_id, body=change)

    @call("portal.delete_address")
    def delete_address(self, address_id: str) -> Call[None]:
        """Delete an address; orders keep theirs."""
        return Call(address_id)

    @page("portal.emails")
    def emails(self, *, page: int = 1, page_size: int = 100) -> Pages[Email]:
        """Where invoices and notifications of the volume go besides."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_email")
    def add_email(self, kind: Kind, email: str) -> Call[Email]:
        """Send one kind of mail to another address, too."""
        return Call(body=NewEmail(kind=kind, email=email))

    @call("portal.delete_email")
    def delete_email(self, email_id: str) -> Call[None]:
        """Send no more there."""
        return Call(email_id)

    @call("portal.own_user")
    def own_user(self) -> Call[OwnUser]:
        """The user who is signed in."""
        return Call()

    @call("portal.change_own_user")
    def change_own_user(self, change: OwnUserChange) -> Call[OwnUser]:
        """Change one's own salutation and name."""
        return Call(body=change)

    @call("portal.change_own_email")
    def change_own_email(self, current: str, email: str) -> Call[OwnUser]:
        """The address that one signs in with from now on; sessions go on."""
        return Call(body=EmailChange(current_password=current, email=email))

    @page("portal.credentials")
    def credentials(self, *, page: int = 1, page_size: int = 100) -> Pages[Credential]:
        """The pairs of client id and secret, without the secrets."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_credential")
    def add_credential(self, name: str) -> Call[AddedCredential]:
        """Make a pair; its secret is told here alone."""
        return Call(body=NewCredential(name=name))

    @call("portal.delete_credential")
    def delete_credential(self, client_id: str) -> Call[None]:
        """Delete a pair; its tokens end."""
        return Call(client_id)

    @page("portal.exports")
    def exports(self, *, page: int = 1, page_size: int = 100) -> Pages[Export]:
        """The files of SIMs that there are, the newest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.start_export")
    def start_export(self, wanted: NewExport) -> Call[Export]:
        """Make a file of SIMs; it stays as it is."""
        return Call(body=wanted)

    @call("portal.export_file")
    def export_file(self, export_id: str) -> Call[str]:
        """A file as CSV (RFC 4180), with PIN and PUK."""
        return Call(export_id)

    @call("portal.performance")
    def performance(self) -> Call[Performance]:
        """The components of the service, and their incidents."""
        return Call()
