"""What hypothesis builds of LwM2M: values of each kind, and resources of the object 3442."""

import math

from hypothesis import strategies as st

from nce.lwm2m import kinds

# The resource of each kind; 1000 more is the one with instances.
NUMBERS = {
    kinds.STRING: 110,
    kinds.INTEGER: 120,
    kinds.UNSIGNED: 125,
    kinds.FLOAT: 130,
    kinds.BOOLEAN: 140,
    kinds.OPAQUE: 150,
    kinds.TIME: 160,
    kinds.OBJECT_LINK: 170,
    kinds.CORE_LINK: 180,
}
LINKS = st.tuples(st.integers(0, 65535), st.integers(0, 65535))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
VALUES = {
    kinds.STRING: TEXTS,
    kinds.INTEGER: st.integers(-(1 << 63), (1 << 63) - 1),
    kinds.UNSIGNED: st.integers(0, (1 << 64) - 1),
    kinds.FLOAT: st.floats(allow_nan=False, allow_infinity=False) | st.floats(width=16),
    kinds.BOOLEAN: st.booleans(),
    kinds.OPAQUE: st.binary(max_size=40),
    kinds.TIME: st.integers(-(1 << 40), 1 << 40),
    kinds.OBJECT_LINK: LINKS,
    kinds.CORE_LINK: TEXTS,
}


def kind_of(path):
    return {number % 1000: kind for kind, number in NUMBERS.items()}.get(path[2] % 1000)


@st.composite
def entries(draw):
    """Of one instance: some resources, some with instances; all with a time, or none."""
    found = []
    start = draw(st.none() | st.integers(1 << 28, 1 << 33))
    for kind in draw(st.lists(st.sampled_from(sorted(NUMBERS)), min_size=1, unique=True)):
        at = (3442, draw(st.just(0)), NUMBERS[kind])
        value = VALUES[kind].filter(lambda one: not isinstance(one, float) or math.isfinite(one))
        for path in draw(
            st.just([at])
            | st.lists(st.integers(0, 65534), min_size=1, max_size=3, unique=True).map(
                lambda numbers, at=at: [(3442, 0, 1000 + at[2], one) for one in numbers]
            )
        ):
            time_s = None if start is None else start + draw(st.integers(-100, 100))
            found.append((path, kind, draw(value), time_s))
    return found
