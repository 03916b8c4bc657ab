"""What a type checker sees of the two clients: read by mypy, run by nobody."""

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

from nce_api import AsyncClient, Client, Created
from nce_api.models.orders import AcceptedOrder, NewOrder
from nce_api.models.plugins import PluginDetails
from nce_api.models.sims import Sim
from nce_api.models.sims_v2 import NewSms


def blocking(client: Client) -> None:
    assert_type(client.sims.get("8988"), Sim)
    assert_type(client.sims_v2.list(page_size=5), Iterator[Sim])
    assert_type(client.orders.create(NewOrder(products=[])), AcceptedOrder | None)
    assert_type(client.sims.top_up("8988", payment_method="creditcard"), Created)
    assert_type(client.plugins.get("p"), PluginDetails)
    client.sims.get(8988)  # type: ignore[arg-type]
    client.sims.get()  # type: ignore[call-arg]
    client.sims.list("q")  # type: ignore[misc, arg-type]
    client.orders.create(NewSms(payload="on"))  # type: ignore[arg-type]
    client.sims.top_up("8988", payment_method="cash")  # type: ignore[arg-type]
    NewSms(paylod="on")  # type: ignore[call-arg]


async def awaited(client: AsyncClient) -> None:
    assert_type(await client.sims.get("8988"), Sim)
    assert_type(client.sims_v2.list(), AsyncIterator[Sim])
    assert_type(await client.sims_v2.reset("8988"), None)
