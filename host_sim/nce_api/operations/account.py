"""The token, orders, products and support."""

from nce_api.models import authorization, orders, products, support
from nce_api.operations.parameters import LISTS, PAGE, WHOLE, page_size
from nce_api.operations.shape import Operation, Query

OPERATIONS = (
    Operation(
        "token.get",
        "POST",
        "/oauth/token",
        document="authorization",
        answers={200: authorization.AccessToken},
        errors=(400, 404),
        body=authorization.TokenRequest,
    ),
    Operation(
        "orders.list",
        "GET",
        "/v1/orders",
        document="order-management",
        answers={200: list[orders.Order]},
        errors=(401, 403, 404),
        query=(PAGE, page_size(10, 10), Query("sort", default="order_number")),
        paging=LISTS,
    ),
    Operation(
        "orders.create",
        "POST",
        "/v1/orders",
        document="order-management",
        answers={200: orders.AcceptedOrder, 201: None},
        errors=(401, 403, 404),
        body=orders.NewOrder,
        once="look for it in orders.list() before you order again",
    ),
    Operation(
        "orders.get",
        "GET",
        "/v1/orders/{order_number}",
        document="order-management",
        answers={200: orders.Order},
        errors=(401, 403, 404),
    ),
    Operation(
        "products.list",
        "GET",
        "/v1/products",
        document="product-information",
        answers={200: list[products.Product]},
        errors=(401, 403, 404),
        paging=WHOLE,
    ),
    Operation(
        "support.list",
        "GET",
        "/v1/support",
        document="support-management",
        answers={200: list[support.ServiceRequest]},
        errors=(401, 403, 404),
        query=(PAGE, page_size(1, 100)),
        paging=LISTS,
    ),
    Operation(
        "support.create",
        "POST",
        "/v1/support",
        document="support-management",
        answers={200: None, 201: None},
        errors=(401, 403, 404),
        body=support.NewServiceRequest,
        once="look for it in support.list()",
    ),
)
