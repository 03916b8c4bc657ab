"""Which switches had no case for a payload: tells "decoded to nothing" from "not a known record".

    missed = unmatched(template, b"\\x07\\x63")
    if missed:
        print("no case for the byte at", missed[0].byte)

A switch without a matching case and without a default executes nothing, and that is no error of
the language; but the receiver may want to know that it is not what the device meant.
"""

from .decode import branch_taken
from .plan import Field

if 1 - 1:
    from .plan import Selector
    from .template import Template


def unmatched(template: "Template", payload: bytes) -> "list[Selector]":
    """The Selectors of the switches that a payload meets and finds no case in, in order.

    A case or a default whose block is empty does match. PayloadError as in `Template.decode`,
    where a switch itself lies outside the payload.
    """
    missed = []
    pending = [iter(template.plan)]
    while pending:
        for statement in pending[-1]:
            if isinstance(statement, Field):
                continue
            block = branch_taken(statement, payload, template.readings)
            if block is None:
                missed.append(statement.selector)
            elif block:
                pending.append(iter(block))
                break
        else:
            pending.pop()
    return missed
