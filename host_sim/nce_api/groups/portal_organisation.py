"""`session.portal`: sub-accounts, and the transfer of SIMs."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page
from nce_api.models.portal_account import Organisation
from nce_api.models.portal_organisation import (
    NewSubAccount,
    SeenTransfer,
    SimTransfer,
    TransferPreview,
    TransferredSims,
    TransferStart,
)


class PortalOrganisation(Group[M]):
    """An account with its sub-accounts."""

    @page("portal.sub_accounts")
    def sub_accounts(self, *, page: int = 1, page_size: int = 25) -> Pages[Organisation]:
        """One page of the sub-accounts, the oldest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.add_sub_account")
    def add_sub_account(self, new: NewSubAccount) -> Call[Organisation]:
        """Add a sub-account with a block of addresses of its own."""
        return Call(body=new)

    @call("portal.delete_sub_account")
    def delete_sub_account(self, organisation_id: int) -> Call[None]:
        """Delete a sub-account that has no SIMs and no open orders."""
        return Call(str(organisation_id))

    @call("portal.preview_transfer")
    def preview_transfer(self, preview: TransferPreview) -> Call[SeenTransfer]:
        """What each range has; nothing is moved."""
        return Call(body=preview)

    @call("portal.start_transfer")
    def start_transfer(self, start: TransferStart) -> Call[TransferredSims]:
        """Give SIMs to a sub-account, or take them back from one."""
        return Call(body=start)

    @page("portal.transfers")
    def transfers(self, *, page: int = 1, page_size: int = 10) -> Pages[SimTransfer]:
        """One page of the transfers, the newest first."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("portal.transfer")
    def transfer(self, transfer_id: int) -> Call[TransferredSims]:
        """The SIMs of one transfer."""
        return Call(str(transfer_id))
