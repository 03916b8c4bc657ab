"""LwM2M 1.0 and 1.1 (OMA-TS-LightweightM2M): a client for boards.

    kinds, path       types of resources; where a value stands
    formats           a Content-Format's codec, loaded when it is asked for
    text, opaque, cbor, tlv, lwm2m_json, senml_json, senml_cbor      the codecs
    link              objects and instances, for Register and Discover

Import from the rooms (`from nce.lwm2m import formats`): a board then loads only those.
"""
