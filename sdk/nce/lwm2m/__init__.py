"""LwM2M 1.0 and 1.1 (OMA-TS-LightweightM2M): a client for boards.

    device            `Lwm2mDevice`: a modem, DTLS and the client, from power-on to registered
    starting, ending, device_send, resting      what it does seldom; `rooms` gives them back
    objects           tables of objects; sensors, light, buzzer, inputs, equipment, connectivity,
                      statistics, cellular, location, firmware_update: what feeds them
    client, engine    sans-IO, for all servers of a device: its verbs; what its rooms share
    model, tree       objects as tables, bound to values and callables; reading and writing by path
    events            what the client tells, and asks for
    server, accounts, registration, order, asking, recovery, budget, bootstrap   how each is kept
    operations, changing, writing, executing, attribute_names, discover, creation, composite,
    uploads, access   what servers ask for
    attributes, observing, sending    what is told, and when
    kept              what outlives a deep sleep
    kinds, path       types of resources; where a value stands
    formats           a Content-Format's codec, loaded when it is asked for
    text, opaque, cbor, tlv, tlv_reader, lwm2m_json, senml_json, senml_cbor      the codecs
    link              objects and instances, for Register and Discover

Import from the rooms (`from nce.lwm2m.client import Lwm2mClient`): a board then loads only those.
"""
