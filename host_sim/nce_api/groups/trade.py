"""`client.orders`, `client.products`, `client.support`."""

from nce_api.calls import Call, Pages
from nce_api.method import Group, M, call, page, pages
from nce_api.models.orders import AcceptedOrder, NewOrder, Order
from nce_api.models.products import Product
from nce_api.models.support import NewServiceRequest, ServiceRequest


class Orders(Group[M]):
    """Orders."""

    @pages("orders.list")
    def list(self, *, page_size: int | None = None, sort: str | None = None) -> Pages[Order]:
        """Orders."""
        return Pages(query={"pageSize": page_size, "sort": sort})

    @page("orders.list")
    def one_page(
        self, *, page: int = 1, page_size: int = 10, sort: str | None = None
    ) -> Pages[Order]:
        """One page of orders, and how many there are; `sort` is such as `order_date`."""
        return Pages(query={"page": page, "pageSize": page_size, "sort": sort})

    @call("orders.create")
    def create(self, order: NewOrder) -> Call[AcceptedOrder | None]:
        """Order SIMs."""
        return Call(body=order)

    @call("orders.get")
    def get(self, order_number: int) -> Call[Order]:
        """One order."""
        return Call(order_number)


class Products(Group[M]):
    """Products."""

    @pages("products.list")
    def list(self) -> Pages[Product]:
        """What can be ordered."""
        return Pages()


class Support(Group[M]):
    """Requests to 1NCE's support."""

    @pages("support.list")
    def list(self, *, page_size: int | None = None) -> Pages[ServiceRequest]:
        """Requests to the support."""
        return Pages(query={"pageSize": page_size})

    @page("support.list")
    def one_page(self, *, page: int = 1, page_size: int = 10) -> Pages[ServiceRequest]:
        """One page of requests, the oldest first, and how many there are."""
        return Pages(query={"page": page, "pageSize": page_size})

    @call("support.create")
    def create(self, request: NewServiceRequest) -> Call[None]:
        """Ask the support."""
        return Call(body=request)
