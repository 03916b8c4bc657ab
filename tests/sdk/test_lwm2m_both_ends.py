"""The codecs of client and service, which share no code: each reads what the other writes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nce.lwm2m import formats, kinds
from support.lwm2m_values import entries, kind_of
from support.search import examples

wire = pytest.importorskip("nce_sim.wire.lwm2m.formats")
record = pytest.importorskip("nce_sim.wire.lwm2m.record")

BASES = ((), (3442,), (3442, 0))


def kind_there(path):
    names = {getattr(kinds, kind.name): kind for kind in record.Kind}
    return names.get(kind_of(path))


def plain(rows):
    """Paths, values and times as tuples; a zero has no sign in JSON."""
    return sorted(
        (
            tuple(path),
            repr(value + 0.0 if isinstance(value, float) else value),
            time_s,
        )
        for path, value, time_s in rows
    )


@given(entries(), st.sampled_from((11542, 11543, 110, 112)), st.sampled_from(BASES))
@examples(300)
def test_each_end_reads_what_the_other_writes(values, content_format, base):
    if content_format == formats.TLV:
        base = base or (3442,)
        values = [(path, kind, value, None) for path, kind, value, _ in values]
    told = plain((path, value, time_s) for path, _, value, time_s in values)
    codec = formats.codec_of(content_format)
    there = wire.decode(content_format, base, codec.encode(base, values), kind_there)
    assert plain((one.path, as_here(one.value), one.time_s) for one in there) == told
    sent = [record.Record(path, as_there(value), time_s) for path, _, value, time_s in values]
    written = wire.encode(content_format, base, sent, kind_there)
    assert plain(codec.decode(base, written, kind_of)) == told


def as_there(value):
    return record.Link(*value) if isinstance(value, tuple) else value


def as_here(value):
    return tuple(value) if isinstance(value, tuple) else value
