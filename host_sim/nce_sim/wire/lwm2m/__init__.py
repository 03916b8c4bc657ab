"""LwM2M as bytes: TLV, SenML, LwM2M JSON, CBOR, text and links (OMA LwM2M Core 1.1, 7.4).

    records = formats.decode(content_format, (3, 0), payload)       # [Record((3, 0, 9), 100), ...]
    payload = formats.encode(content_format, (3, 0), records)
    flat.flat_json(records)                                         # {"/3/0/9": 100}
    links.parse(body).objects                                       # {3: "1.1"}
    registry.resource(3, 9).kind                                    # Kind.INTEGER

Nothing here is the device's: what both sides read is pinned by the encodings of others.
"""
