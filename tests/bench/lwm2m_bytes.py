"""Bytes of an LwM2M device on the air: bootstrap, registration, update and notification of ours,
beside other clients as they were recorded, and the least of the specifications."""

from support import lwm2m_air

SHOWN = {"register": "registration", "notify": "notification", "deregister": "deregistration"}


def rows():
    found, plain = lwm2m_air.ours()
    table = []
    for step in lwm2m_air.STEPS:
        up, down = found["coap"][step]
        note = f"{up} up, {down} down; IP and UDP headers not counted"
        table.append((f"LwM2M {SHOWN.get(step, step)}, CoAP", up + down, "B", note))
        up, down = found["coaps"][step]
        note = f"{up} up, {down} down; keys and all"
        table.append((f"LwM2M {SHOWN.get(step, step)}, DTLS records", up + down, "B", note))
    table.append(
        ("LwM2M: DTLS handshake, both ways", found["coaps"]["handshake"], "B", "each server")
    )
    for step, sizes in lwm2m_air.requests(plain).items():
        objects = "objects " + ", ".join(lwm2m_air.OBJECTS)
        note = objects if step == "register" else "same name, place and token"
        for name, size in sizes.items():
            table.append((f"{SHOWN.get(step, step)} as CoAP, {name}", size, "B", note))
    return table
