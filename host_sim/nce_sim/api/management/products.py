"""GET /v1/products: what can be ordered (product-information, v1.2)."""

from __future__ import annotations

from fastapi import APIRouter, Response

from nce_api.models import products as models
from nce_sim.account.products.catalogue import PRODUCTS, Product
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.platform import answer_list

router = APIRouter()


@router.get("/v1/products", **documented("get", "/v1/products"))
async def products(caller: ManagementCaller) -> Response:
    """All products."""
    return answer_list([_product(product) for product in PRODUCTS])


def _product(product: Product) -> models.Product:
    shown = models.Product(
        id=product.id,
        product=product.name,
        material=product.material,
        package_size=product.package_size,
        minQuantity=product.min_quantity,
        maxQuantity=product.max_quantity,
        maxQuantityPerCustomer=product.max_quantity,
        one_time_charges=[
            models.Charge(
                name=charge.name, amount_net=float(charge.amount_net), currency=charge.currency
            )
            for charge in product.charges
        ],
        recurring_charges=[],  # [D] "lifetime flat": nothing is charged again
    )
    if product.min_contract_duration is not None:
        shown.min_contract_duration = product.min_contract_duration
    return shown
