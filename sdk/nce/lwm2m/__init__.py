"""LwM2M 1.0 and 1.1 (OMA-TS-LightweightM2M): a client for boards.

    client            the engine: sans-IO, for all servers of a device
    model             objects as tables, bound to values and callables
    events            what the engine tells, and asks for
    kinds, path       types of resources; where a value stands
    formats           a Content-Format's codec, loaded when it is asked for
    text, opaque, cbor, tlv, lwm2m_json, senml_json, senml_cbor      the codecs
    link              objects and instances, for Register and Discover

Import from the rooms (`from nce.lwm2m.client import Lwm2mClient`): a board then loads only those.
"""
