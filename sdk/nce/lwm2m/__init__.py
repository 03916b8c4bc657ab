"""LwM2M 1.0 and 1.1 (OMA-TS-LightweightM2M_Core): a client, sans-IO, for devices.

    model        objects as tables, bound to values and callables
    client       the engine: bootstrap, registration, the operations of servers, notifications

Import from the rooms (`from nce.lwm2m.client import Lwm2mClient`): a board then loads only those.
"""
