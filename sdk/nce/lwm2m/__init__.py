"""LwM2M 1.0 and 1.1 (OMA-TS-LightweightM2M_Core): a client for boards.

    device            `Lwm2mDevice`: a modem, DTLS and the engine, from power-on to registered
    objects           tables of objects; sensors, light, buzzer, inputs, equipment, connectivity,
                      statistics, cellular, location, firmware_update: what feeds them
    model             objects as tables, bound to values and callables
    client            the engine, sans-IO: bootstrap, registration, operations, notifications
    kinds, path       types of resources; where a value stands
    formats           a Content-Format's codec, loaded when it is asked for
    text, opaque, cbor, tlv, lwm2m_json, senml_json, senml_cbor      the codecs
    link              objects and instances, for Register and Discover

Import from the rooms (`from nce.lwm2m.client import Lwm2mClient`): a board then loads only those.
"""
