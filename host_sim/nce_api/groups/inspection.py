"""`client.templates` and `client.inspector`."""

from typing import Literal

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page, pages
from nce_api.models.actions import Protocol
from nce_api.models.inspect import Device, DeviceState, Insights, Message
from nce_api.models.optimize import (
    NewTemplate,
    Savings,
    Template,
    TemplateProtocol,
    TemplateTest,
    TemplateTestResult,
    TemplateUpdate,
)


class Templates(Group[M]):
    """The Energy Saver's templates."""

    @call("templates.test")
    def test(self, test: TemplateTest) -> Call[TemplateTestResult]:
        """Try a template with a payload."""
        return Call(body=test)

    @call("templates.savings")
    def savings(
        self,
        *,
        days: Literal[1, 7, 30] | None = None,
        protocol: TemplateProtocol | None = None,
        iccid: str | None = None,
    ) -> Call[Savings]:
        """What the templates saved in so many days."""
        return Call(query={"range": days, "protocol": protocol, "iccid": iccid})

    @pages("templates.list")
    def list(self) -> Pages[Template]:
        """All templates."""
        return Pages()

    @call("templates.create")
    def create(self, template: NewTemplate) -> Call[Template]:
        """Make a template."""
        return Call(body=template)

    @call("templates.delete")
    def delete(self, template_id: str) -> Call[None]:
        """Delete a template."""
        return Call(template_id)

    @call("templates.update")
    def update(self, template_id: str, update: TemplateUpdate) -> Call[Template]:
        """Change a template."""
        return Call(template_id, body=update)


class Inspector(Group[M]):
    """Devices, their state, and their messages of the last seven days."""

    @pages("inspector.list")
    def list(
        self, *, page_size: int | None = None, sort: str | None = None, q: str | None = None
    ) -> Pages[Device]:
        """Devices; `q` is such as `iccid:…`, `sort` such as `iccid,-ip`."""
        return Pages(query={"pageSize": page_size, "sort": sort, "q": q})

    @page("inspector.list")
    def one_page(
        self, *, page: int = 1, page_size: int = 10, sort: str | None = None, q: str | None = None
    ) -> Pages[Device]:
        """One page of devices, and how many pages there are."""
        return Pages(query={"page": page, "pageSize": page_size, "sort": sort, "q": q})

    @call("inspector.get")
    def get(self, device_id: str) -> Call[Device]:
        """One device."""
        return Call(device_id)

    @call("inspector.state")
    def state(self, device_id: str, *, protocol: Protocol | None = None) -> Call[DeviceState]:
        """The last message of each protocol."""
        return Call(device_id, query={"protocol": protocol})

    @pages("inspector.history")
    def history(
        self,
        device_id: str,
        *,
        start: str | None = None,
        end: str | None = None,
        page_size: int | None = None,
        protocol: Protocol | None = None,
    ) -> Pages[Message]:
        """Messages of one device; times such as `2026-11-30T08:51:29.015Z`."""
        return Pages(
            device_id,
            query={
                "startDateTime": start,
                "endDateTime": end,
                "pageSize": page_size,
                "protocol": protocol,
            },
        )

    @pages("inspector.history_of_all")
    def history_of_all(
        self,
        *,
        device_id: str | None = None,
        iccid: str | None = None,
        start: str | None = None,
        end: str | None = None,
        page_size: int | None = None,
        protocol: Protocol | None = None,
    ) -> Pages[Message]:
        """Messages of all devices; times such as `2026-11-30T08:51:29.015Z`."""
        return Pages(
            query={
                "deviceId": device_id,
                "iccid": iccid,
                "startDateTime": start,
                "endDateTime": end,
                "pageSize": page_size,
                "protocol": protocol,
            }
        )

    @call("inspector.insights")
    def insights(
        self,
        device_id: str,
        *,
        start: str | None = None,
        end: str | None = None,
        protocol: Protocol | None = None,
        interval: str | None = None,
    ) -> Call[Insights]:
        """How many messages one device sent; `interval` is such as `1d`."""
        return Call(
            device_id,
            query={
                "startDateTime": start,
                "endDateTime": end,
                "protocol": protocol,
                "interval": interval,
            },
        )

    @call("inspector.insights_of_all")
    def insights_of_all(
        self,
        *,
        device_id: str | None = None,
        iccid: str | None = None,
        start: str | None = None,
        end: str | None = None,
        protocol: Protocol | None = None,
        interval: str | None = None,
    ) -> Call[Insights]:
        """How many messages all devices sent; `interval` is such as `1d`."""
        return Call(
            query={
                "deviceId": device_id,
                "iccid": iccid,
                "startDateTime": start,
                "endDateTime": end,
                "protocol": protocol,
                "interval": interval,
            }
        )
