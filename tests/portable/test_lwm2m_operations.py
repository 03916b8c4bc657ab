"""What a server asks of the objects: the test cases of device management, messages by hand."""

import sys

from nce.coap import codes
from nce.coap.message import CON, Message
from nce.lwm2m import events
from nce.lwm2m.model import Creatable, Instance, Refused

from lwm2m_scene import (  # isort: skip
    FIRMWARE,
    SAMPLE,
    Scene,
    Temperature,
    account,
    device,
    option,
    senml,
    text_of,
)

TLV = 11542
JSON = 110
CBOR = 112


def sample(number=0, **more):
    values = {
        2: lambda arguments: None,
        3: {0: 5, 7: -2},
        10: b"\x01\x02",
        12: 3,
        14: 1.5,
        15: "a",
    }
    values.update(more)
    return Instance(SAMPLE, number, values)


def scene_of(*more, **settings):
    objects = account() + [device(), Temperature(lambda: 21.5)] + list(more)
    return Scene(objects, **settings).registered()


def test_lwm2m_1_1_int_201_query_plain_text():
    scene = scene_of(sample())
    for path, text in (
        ("/3/0/0", b"1NCE"),
        ("/3/0/9", b"95"),
        ("/3/0/13", b"1367491215"),
        ("/3303/0/5700", b"21.5"),
        ("/33605/0/3/7", b"-2"),
        ("/33605/0/10", b"AQI="),
    ):
        answer = scene.read(path, 0)
        assert (answer.code, option(answer, 12), answer.payload) == (codes.CONTENT, 0, text)


def test_lwm2m_1_1_int_203_query_tlv():
    answer = scene_of().read("/3303/0", TLV)
    assert answer.payload == bytes.fromhex("e4164441ac0000") + bytes.fromhex("e3164543656c")
    assert option(answer, 12) == TLV


def test_lwm2m_1_1_int_204_query_json():
    answer = scene_of().read("/3303/0", 11543)
    assert (
        answer.payload == b'{"bn":"/3303/0/","e":[{"n":"5700","v":21.5},{"n":"5701","sv":"Cel"}]}'
    )


def test_lwm2m_1_1_int_205_set_plain_text():
    scene = scene_of(sample())
    for path, text, value in (
        ("/33605/0/12", b"-7", -7),
        ("/33605/0/14", b"2.5", 2.5),
        ("/33605/0/15", b"Zo\xc3\xab", "Zoë"),
        ("/33605/0/16", b"3:0", (3, 0)),
        ("/3/0/13", b"1700000000", 1700000000),
    ):
        assert scene.write(path, 0, text).code == codes.CHANGED
        at = tuple([int(part) for part in path[1:].split("/")])
        assert scene.client.tree.value(*at) == value
    assert len(scene.told(events.WRITTEN)) == 5


def test_lwm2m_1_1_int_211_and_212_cbor_of_one_value():
    scene = scene_of(sample())
    answer = scene.read("/33605/0/12", 60)
    assert (option(answer, 12), answer.payload) == (60, b"\x03")
    assert scene.write("/33605/0/12", 60, b"\x18\x1b").code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 12) == 27
    assert scene.read("/33605/0", 60).code == codes.NOT_ACCEPTABLE


def test_lwm2m_1_1_int_215_set_tlv():
    scene = scene_of(sample())
    assert scene.write("/33605/0/12", TLV, b"\xc2\x0c\x01\x00").code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 12) == 256
    # Several instances of a resource, in place of those that were there.
    assert (
        scene.write("/33605/0/3", TLV, bytes.fromhex("8603 4101fe 410209")).code == codes.CHANGED
    )
    assert scene.client.tree.value(33605, 0, 3) == {1: -2, 2: 9}


def test_lwm2m_1_1_int_220_set_json():
    scene = scene_of(sample())
    payload = b'{"bn":"/33605/0/","e":[{"n":"12","v":6}]}'
    assert scene.write("/33605/0/12", 11543, payload).code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 12) == 6


def test_lwm2m_1_1_int_221_attempt_to_perform_operations_on_security():
    scene = scene_of()
    for answer in (
        scene.read("/0/0/0", 0),
        scene.read("/0", TLV),
        scene.read("/0", 40),
        scene.write("/0/0/0", 0, b"coap://192.0.2.1"),
        scene.ask(codes.DELETE, "/0/0"),
        scene.write("/0", TLV, b"\xc1\x02\x03", codes.POST),
        scene.observe("/0/0"),
    ):
        assert answer.code == codes.UNAUTHORIZED


def test_lwm2m_1_1_int_222_read_object():
    scene = scene_of(Temperature(lambda: 3.0, 4))
    assert senml(scene.read("/3303", JSON)) == {
        "/3303/0/5700": 21.5,
        "/3303/0/5701": "Cel",
        "/3303/4/5700": 3.0,
        "/3303/4/5701": "Cel",
    }


def test_lwm2m_1_1_int_223_to_225_read_of_each_level():
    scene = scene_of(sample())
    assert scene.read("/3303/0", JSON).payload == (
        b'[{"bn":"/3303/0/","n":"5700","v":21.5},{"n":"5701","vs":"Cel"}]'
    )
    assert scene.read("/3303/0/5700", JSON).payload == b'[{"bn":"/3303/0/5700","v":21.5}]'
    assert scene.read("/33605/0/3/7", JSON).payload == b'[{"bn":"/33605/0/3/7","v":-2}]'
    assert scene.read("/33605/0/3/8", JSON).code == codes.NOT_FOUND


def test_lwm2m_1_1_int_226_write_partial_update():
    scene = scene_of(sample())
    payload = b'[{"bn":"/33605/0/","n":"12","v":22},{"n":"15","vs":"b"}]'
    assert scene.write("/33605/0", JSON, payload, codes.POST).code == codes.CHANGED
    instance = scene.client.tree.instance((33605, 0))
    assert (instance.values[12], instance.values[15], instance.values[14]) == (22, "b", 1.5)
    # Instances of a resource are added to those that are there.
    assert (
        scene.write("/33605/0/3", TLV, bytes.fromhex("8303 410109"), codes.POST).code
        == codes.CHANGED
    )
    assert instance.values[3] == {0: 5, 1: 9, 7: -2}


def test_lwm2m_1_1_int_227_write_replace():
    scene = scene_of(sample())
    assert scene.write("/33605/0", TLV, b"\xc1\x0c\x07").code == codes.CHANGED
    instance = scene.client.tree.instance((33605, 0))
    assert sorted(instance.values) == [2, 12]  # what is optional and not written has gone
    for _ in range(2):
        assert scene.write("/33605/0", TLV, b"\xc1\x0c\x08\xc1\x0fb").code == codes.CHANGED
        assert (instance.values[12], instance.values[15]) == (8, "b")
    # The account of the server keeps what is mandatory.
    assert scene.write("/1/0", TLV, bytes.fromhex("c20100f0")).code == codes.CHANGED
    assert scene.client.tree.instance((1, 0)).values == {0: 1111, 1: 240, 6: True, 7: "U"}


def test_lwm2m_1_1_int_228_write_resource_instance():
    scene = scene_of(sample())
    assert scene.write("/33605/0/3/7", 0, b"44").code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 3) == {0: 5, 7: 44}


def test_lwm2m_1_1_int_229_read_composite():
    scene = scene_of(sample())
    payload = b'[{"n":"/3/0/0"},{"n":"/33605/0/3"},{"n":"/3303/0/5700"}]'
    its_options = ((12, b"\x6e"), (17, b"\x6e"))
    answer = scene.ask(codes.FETCH, "/", its_options, payload)
    assert (answer.code, option(answer, 12)) == (codes.CONTENT, JSON)
    assert senml(answer) == {
        "/3/0/0": "1NCE",
        "/33605/0/3/0": 5,
        "/33605/0/3/7": -2,
        "/3303/0/5700": 21.5,
    }
    # What is asked for twice is told once.
    payload = b'[{"n":"/3/0"},{"n":"/3/0/9"},{"n":"/3303/0/5700"},{"n":"/3303"}]'
    assert senml(scene.ask(codes.FETCH, "/", its_options, payload))["/3/0/9"] == 95
    # The answer is in CBOR when nothing else is asked for.
    answer = scene.ask(codes.FETCH, "/", ((12, b"\x6e"),), b'[{"n":"/3/0/0"}]')
    assert option(answer, 12) == CBOR
    assert answer.payload == b"\x81\xa3!e/3/0/\x00a0\x03d1NCE"
    # TLV has no room for several objects, however much the client prefers it.
    scene = scene_of(sample(), preferred_format=11542)
    answer = scene.ask(codes.FETCH, "/", ((12, b"\x6e"),), b'[{"n":"/3/0/0"}]')
    assert option(answer, 12) == CBOR


def test_lwm2m_1_1_int_230_and_257_write_composite():
    scene = scene_of(sample())
    payload = (
        b'[{"n":"/33605/0/12","v":8},{"n":"/3/0/14","vs":"+01:00"},{"n":"/33605/0/3/1","v":1}]'
    )
    assert scene.write("/", JSON, payload, codes.IPATCH).code == codes.CHANGED
    tree = scene.client.tree
    assert (tree.value(33605, 0, 12), tree.value(3, 0, 14)) == (8, "+01:00")
    assert tree.value(33605, 0, 3) == {0: 5, 1: 1, 7: -2}
    # All or nothing.
    for payload, code in (
        (b'[{"n":"/33605/0/12","v":9},{"n":"/3/0/0","vs":"x"}]', codes.METHOD_NOT_ALLOWED),
        (b'[{"n":"/33605/0/12","v":9},{"n":"/33605/5/12","v":1}]', codes.NOT_FOUND),
        (b'[{"n":"/33605/0/12","v":9},{"n":"/33605/0/14"}]', codes.BAD_REQUEST),
        (b'[{"n":"/33605/0/12","v":9},{"n":"/0/0/0","vs":"x"}]', codes.UNAUTHORIZED),
        (b"[{", codes.BAD_REQUEST),
    ):
        assert scene.write("/", JSON, payload, codes.IPATCH).code == code
        assert tree.value(33605, 0, 12) == 8
    assert (
        scene.write("/", TLV, b"\xc0\x00", codes.IPATCH).code == codes.UNSUPPORTED_CONTENT_FORMAT
    )


def test_lwm2m_1_1_int_231_to_234_senml_of_both_kinds():
    scene = scene_of(sample())
    assert scene.read("/3/0/9", CBOR).payload == b"\x81\xa2!f/3/0/9\x02\x18\x5f"
    assert scene.read("/3/0/9", JSON).payload == b'[{"bn":"/3/0/9","v":95}]'
    written = b"\x81\xa3!i/33605/0/\x00b12\x02\x18\x18"
    assert scene.write("/33605/0", CBOR, written, codes.POST).code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 12) == 24


def test_lwm2m_1_1_int_235_read_composite_of_the_root():
    scene = scene_of()
    answer = scene.ask(codes.FETCH, "/", ((12, b"\x6e"), (17, b"\x6e")), b'[{"n":"/"}]')
    assert answer.code == codes.CONTENT
    found = senml(answer)
    assert [found[path] for path in ("/1/0/1", "/3/0/0", "/3303/0/5700")] == [86400, "1NCE", 21.5]
    assert not [path for path in found if path.startswith("/0/")]  # never the keys


def test_lwm2m_1_1_int_236_and_281_read_composite_of_what_is_partly_there():
    scene = scene_of()
    payload = b'[{"n":"/3/0/0"},{"n":"/3/0/1"},{"n":"/77"},{"n":"/3/0/4"},{"n":"/0/0"}]'
    answer = scene.ask(codes.FETCH, "/", ((12, b"\x6e"), (17, b"\x6e")), payload)
    assert (answer.code, senml(answer)) == (codes.CONTENT, {"/3/0/0": "1NCE"})


def test_lwm2m_1_1_int_237_read_without_a_content_format():
    scene = scene_of(sample())
    answer = scene.read("/3303/0")
    assert (option(answer, 12), answer.payload[:2]) == (CBOR, b"\x82\xa3")
    for path, content_format, payload in (
        ("/3/0/9", 0, b"95"),
        ("/33605/0/10", 42, b"\x01\x02"),
    ):
        answer = scene.read(path)
        assert (option(answer, 12), answer.payload) == (content_format, payload)
    scene = Scene(version="1.0").registered()
    answer = scene.read("/3303/0")
    assert (option(answer, 12), answer.payload[:3]) == (TLV, b"\xe4\x16\x44")


def test_lwm2m_1_1_int_241_execute_reboot():
    calls = []
    scene = scene_of(sample())
    scene.client.tree.instance((3, 0)).values[4] = calls.append
    assert scene.ask(codes.POST, "/3/0/4").code == codes.CHANGED
    assert calls == [()]
    assert scene.told(events.EXECUTED) == [((3, 0, 4), ())]


def test_execute_with_arguments():
    calls = []
    scene = scene_of(Instance(SAMPLE, 0, {2: calls.append, 12: 1}))
    for text, arguments in (
        (b"", ()),
        (b"0", ((0, None),)),
        (b"0='a'", ((0, "a"),)),
        (b"0='a',1,2='b,c'", ((0, "a"), (1, None), (2, "b,c"))),
        (b"5=''", ((5, ""),)),
    ):
        its_options = ((12, b""),) if text else ()
        assert scene.ask(codes.POST, "/33605/0/2", its_options, text).code == codes.CHANGED
        assert calls.pop() == arguments
    for text in (b"a", b"0=a", b"10='x'", b"0,", b"0='a'b", b"0='a", b",0", b"\xff"):
        assert scene.ask(codes.POST, "/33605/0/2", ((12, b""),), text).code == codes.BAD_REQUEST
    assert not calls
    assert scene.ask(codes.POST, "/3/0/0").code == codes.METHOD_NOT_ALLOWED
    assert scene.ask(codes.POST, "/33605/0/99").code == codes.NOT_FOUND
    answer = scene.ask(codes.POST, "/33605/0/2", ((12, b"\x2d\x16"),), b"0")
    assert answer.code == codes.UNSUPPORTED_CONTENT_FORMAT


def test_lwm2m_1_1_int_256_write_operation_failure():
    scene = scene_of(sample())
    before = dict(scene.client.tree.instance((33605, 0)).values)
    for path, content_format, payload, code in (
        ("/3/0/0", 0, b"x", codes.METHOD_NOT_ALLOWED),  # read-only
        ("/33605/0/2", 0, b"x", codes.METHOD_NOT_ALLOWED),  # executable
        ("/33605/0/12", 0, b"abc", codes.BAD_REQUEST),
        ("/33605/0/12", TLV, b"\xc4\x0c\x00\x01", codes.BAD_REQUEST),
        ("/33605/0/12", TLV, b"\xc1\x0d\x05", codes.BAD_REQUEST),  # another resource
        ("/33605/0/12", TLV, b"", codes.BAD_REQUEST),  # none
        ("/33605/0/12", 9999, b"28", codes.UNSUPPORTED_CONTENT_FORMAT),
        ("/33605/0", 0, b"5", codes.BAD_REQUEST),
        ("/33605/9/12", 0, b"5", codes.NOT_FOUND),
        ("/33605/0/99", 0, b"5", codes.NOT_FOUND),
        ("/77/0/1", 0, b"5", codes.NOT_FOUND),
        ("/33605", TLV, b"\x00\x00", codes.METHOD_NOT_ALLOWED),
    ):
        assert scene.write(path, content_format, payload).code == code, (path, payload)
    assert scene.client.tree.instance((33605, 0)).values == before
    assert scene.told(events.WRITTEN) == []


def test_a_program_refuses_a_value_and_nothing_of_the_request_is_stored():
    class Picky(Instance):
        def check(self, resource, value):
            if resource == 12 and value > 10:
                raise ValueError("12 is 10 at most, not %d" % value)

    scene = scene_of(Picky(SAMPLE, 0, {12: 3, 15: "a"}))
    payload = b'[{"bn":"/33605/0/","n":"15","vs":"b"},{"n":"12","v":11}]'
    answer = scene.write("/33605/0", JSON, payload, codes.POST)
    assert (answer.code, answer.payload) == (codes.BAD_REQUEST, b"12 is 10 at most, not 11")
    assert scene.client.tree.instance((33605, 0)).values == {12: 3, 15: "a"}


def test_a_writer_that_fails_leaves_the_values_as_they_were():
    def refuse(value):
        raise Refused(codes.FORBIDDEN)

    scene = scene_of(Instance(SAMPLE, 0, {12: 3, 15: "a"}, writers={15: refuse}))
    payload = b'[{"bn":"/33605/0/","n":"12","v":11},{"n":"15","vs":"b"}]'
    assert scene.write("/33605/0", JSON, payload, codes.POST).code == codes.FORBIDDEN
    assert scene.client.tree.instance((33605, 0)).values == {12: 3, 15: "a"}


def test_a_callable_that_fails_is_answered_and_told():
    def broken():
        raise OSError("the sensor is gone")

    scene = scene_of(Temperature(broken, 1))
    assert scene.read("/3303/1/5700", 0).code == codes.INTERNAL_SERVER_ERROR
    ((path, error),) = scene.told(events.HANDLER_FAILED)
    assert (path, str(error)) == ((3303, 1, 5700), "the sensor is gone")


def test_telling_that_a_callable_failed_loads_no_more_of_coap():
    scene = scene_of(Temperature(lambda: 1 // 0, 1))
    sys.modules.pop("nce.coap.more_options", None)
    assert scene.read("/3303/1/5700", 0).code == codes.INTERNAL_SERVER_ERROR
    assert scene.told(events.HANDLER_FAILED)
    assert "nce.coap.more_options" not in sys.modules


def test_a_value_that_is_not_there_yet():
    scene = scene_of(Temperature(lambda: None, 1))
    assert scene.read("/3303/1/5700", 0).code == codes.NOT_FOUND
    assert scene.read("/3303/1", JSON).payload == b'[{"bn":"/3303/1/","n":"5701","vs":"Cel"}]'


def test_lwm2m_1_1_int_260_discover():
    scene = scene_of(sample())
    assert scene.read("/3", 40).payload == (
        b"</3>;ver=1.1,</3/0>,</3/0/0>,</3/0/6>;dim=2,</3/0/9>,</3/0/11>;dim=1,</3/0/13>,"
        b"</3/0/14>,</3/0/16>"
    )
    assert (
        scene.ask(codes.PUT, "/3303", ((15, b"pmin=10"), (15, b"pmax=60"))).code == codes.CHANGED
    )
    assert scene.ask(codes.PUT, "/3303/0/5700", ((15, b"gt=50"), (15, b"lt=42.2"))).code == (
        codes.CHANGED
    )
    assert scene.read("/3303/0", 40).payload == (
        b"</3303/0>,</3303/0/5700>;gt=50;lt=42.2,</3303/0/5701>"
    )
    # A resource that is asked for by itself shows what it inherits.
    assert scene.read("/3303/0/5700", 40).payload == (
        b"</3303/0/5700>;pmin=10;pmax=60;gt=50;lt=42.2"
    )
    assert (
        scene.read("/33605/0/3", 40).payload == b"</33605/0/3>;dim=2,</33605/0/3/0>,</33605/0/3/7>"
    )
    assert scene.read("/1/0", 40).payload == (
        b"</1/0>,</1/0/0>,</1/0/1>,</1/0/4>,</1/0/6>,</1/0/7>,</1/0/8>,</1/0/9>"
    )
    for path, code in (
        ("/", codes.BAD_REQUEST),
        ("/77", codes.NOT_FOUND),
        ("/3/0/99", codes.NOT_FOUND),
        ("/3/0/1", codes.NOT_FOUND),
    ):
        assert scene.read(path, 40).code == code


def test_lwm2m_1_1_int_261_write_attributes():
    scene = scene_of()

    def put(path, *texts):
        return scene.ask(codes.PUT, path, tuple([(15, text.encode()) for text in texts])).code

    assert put("/3303/0/5700", "pmin=5", "pmax=20", "gt=30", "lt=10", "st=2.5") == codes.CHANGED
    assert put("/3303/0/5700", "epmin=1", "epmax=2") == codes.CHANGED
    assert scene.read("/3303/0/5700", 40).payload == (
        b"</3303/0/5700>;pmin=5;pmax=20;gt=30;lt=10;st=2.5;epmin=1;epmax=2"
    )
    # A name without a value takes the attribute away.
    assert put("/3303/0/5700", "pmin", "gt", "lt", "st", "epmin", "epmax") == codes.CHANGED
    assert scene.read("/3303/0/5700", 40).payload == b"</3303/0/5700>;pmax=20"
    for texts in (
        ("pmin=abc",),
        ("pmin=-1",),
        ("pmax=",),
        ("foo=1",),
        ("st=-1",),
        ("gt=nan",),
        ("gt=1e99",),
        ("pmin= 5",),
        ("pmin=1_0",),
        ("gt=10", "lt=20"),
        ("gt=20", "lt=10", "st=5"),
    ):
        assert put("/3303/0/5700", *texts) == codes.BAD_REQUEST, texts
    answer = scene.ask(codes.PUT, "/3303/0/5700", ((12, b""), (15, b"pmin=1")), b"5")
    assert answer.code == codes.BAD_REQUEST
    assert put("/3303/0/5701", "gt=1") == codes.BAD_REQUEST  # a text is not greater
    assert put("/3303/0", "st=1") == codes.BAD_REQUEST
    assert put("/3303/0/99", "pmin=1") == codes.NOT_FOUND
    assert put("/3303/7", "pmin=1") == codes.NOT_FOUND
    assert scene.read("/3303/0/5700", 40).payload == b"</3303/0/5700>;pmax=20"


def creatable(most=8):
    return Creatable(SAMPLE, None, most)


def test_ets_1_0_680_create_object_instance():
    scene = scene_of(creatable())
    answer = scene.write("/33605", TLV, bytes.fromhex("c10c05"), codes.POST)
    assert (answer.code, text_of(answer, 8)) == (codes.CREATED, ["33605", "0"])
    # With its number, as TLV and SenML JSON name it.
    answer = scene.write("/33605", TLV, bytes.fromhex("080703 c10c06"), codes.POST)
    assert (answer.code, text_of(answer, 8)) == (codes.CREATED, ["33605", "7"])
    payload = b'[{"bn":"/33605/","n":"8/12","v":5}]'
    assert scene.write("/33605", JSON, payload, codes.POST).code == codes.CREATED
    assert scene.read("/33605/7/12", 0).payload == b"6"
    assert scene.told(events.CREATED) == [(33605, 0), (33605, 7), (33605, 8)]
    # The server is told of them.
    request = scene.next()
    assert text_of(request, 11) == ["rd", "5a3f"]
    assert b"</33605/0>" in request.payload
    assert scene.write("/33605", TLV, bytes.fromhex("080703 c10c06"), codes.POST).code == (
        codes.BAD_REQUEST
    )
    assert scene.write("/3", TLV, b"\x00\x01", codes.POST).code == codes.METHOD_NOT_ALLOWED
    assert scene.write("/1", TLV, b"\x00\x01", codes.POST).code == codes.METHOD_NOT_ALLOWED
    assert scene.write("/77", TLV, b"\x00\x01", codes.POST).code == codes.NOT_FOUND


def test_a_creation_that_fails_leaves_nothing():
    scene = scene_of(creatable(1))
    assert (
        scene.write("/33605", TLV, bytes.fromhex("c40c0001"), codes.POST).code == codes.BAD_REQUEST
    )
    assert scene.client.tree.instances(33605) == []
    assert scene.write("/33605", TLV, bytes.fromhex("c10c05"), codes.POST).code == codes.CREATED
    assert (
        scene.write("/33605", TLV, bytes.fromhex("c10c05"), codes.POST).code == codes.BAD_REQUEST
    )


def test_ets_1_0_685_delete_object_instance():
    scene = scene_of(creatable(), sample(3))
    assert scene.ask(codes.DELETE, "/33605/3").code == codes.DELETED
    assert scene.ask(codes.DELETE, "/33605/3").code == codes.NOT_FOUND
    assert scene.told(events.DELETED) == [(33605, 3)]
    for path in ("/", "/3", "/3/0", "/1/0", "/3303/0", "/3/0/0"):
        assert scene.ask(codes.DELETE, path).code == codes.METHOD_NOT_ALLOWED


def test_what_is_no_path():
    scene = scene_of()
    for path in ("/x", "/3/x", "/70000/0", "/3/65535", "/3/0/0/0/0", "/3/0/0/x", "/3/-1", "/3/ 0"):
        assert scene.read(path, 0).code == codes.NOT_FOUND, path
    assert scene.read("/", 0).code == codes.METHOD_NOT_ALLOWED
    assert scene.read("/3/0/0/0", 0).code == codes.NOT_FOUND
    assert scene.read("/3/0/4", 0).code == codes.NOT_FOUND
    assert scene.read("/3/0/0", 9999).code == codes.NOT_ACCEPTABLE
    assert scene.read("/3/0/0", 42).code == codes.NOT_ACCEPTABLE
    assert scene.ask(codes.PATCH, "/3/0/0").code == codes.METHOD_NOT_ALLOWED


def test_a_server_asks_before_its_answer_to_the_registration_has_arrived():
    scene = Scene().start()
    assert scene.read("/3/0/9", 0).payload == b"95"
    scene.take(scene.client.stop(scene.now_ms))
    scene = Scene().registered()
    scene.take(scene.client.stop(scene.now_ms))
    scene.answer(scene.next(), codes.DELETED)


def test_a_server_that_is_not_registered_with_manages_nothing():
    scene = Scene().registered()
    scene.take(scene.client.stop(scene.now_ms))
    request = scene.next()
    assert scene.read("/3/0/9", 0).code == codes.UNAUTHORIZED
    scene.answer(request, codes.DELETED)


def test_large_objects_are_read_in_blocks():
    many = [Temperature(lambda: 21.5, number) for number in range(1, 60)]
    scene = scene_of(*many)
    body = b""
    at = 0
    while True:
        answer = scene.ask(
            codes.GET, "/3303", ((17, b"\x6e"), (23, bytes((at << 4 | 2,)).lstrip(b"\0")))
        )
        assert answer.code == codes.CONTENT
        body += answer.payload
        if not option(answer, 23) & 8:
            break
        at += 1
        if at == 16:
            break
    assert len(body) == 1024
    assert body.count(b"5700") == body.count(b"21.5") > 15


class Sink:
    def __init__(self):
        self.parts = []
        self.is_closed = False

    def write(self, data):
        self.parts.append(bytes(data))

    def close(self):
        self.is_closed = True


def push(scene, content_format, body, size=64, stop_after=None, path="/5/0/0"):
    """An image in blocks; the answers' codes."""
    szx = 2 if size == 64 else 6
    found = []
    count = (len(body) + size - 1) // size
    for number in range(count):
        more = number + 1 < count
        value = (number << 4 | (8 if more else 0) | szx).to_bytes(3, "big").lstrip(b"\0")
        part = body[number * size : (number + 1) * size]
        its_options = ((12, content_format), (27, value))
        found.append(scene.ask(codes.PUT, path, its_options, part).code)
        if stop_after == number:
            break
    return found


def firmware():
    sinks, written = [], []

    def open_sink():
        sinks.append(Sink())
        return sinks[-1]

    instance = Instance(
        FIRMWARE, 0, {1: "", 3: 0}, writers={0: written.append}, sinks={0: open_sink}
    )
    return instance, sinks, written


def test_a_large_opaque_write_streams_into_its_sink():
    image = bytes([at * 7 & 255 for at in range(3000)])
    tlv = b"\xd0\x00" + len(image).to_bytes(2, "big") + image
    cbor = b"\x59" + len(image).to_bytes(2, "big") + image
    for content_format, body in ((b"\x2a", image), (b"\x2d\x16", tlv), (b"\x3c", cbor)):
        instance, sinks, written = firmware()
        scene = scene_of(instance)
        found = push(scene, content_format, body)
        assert found[:-1] == [codes.CONTINUE] * (len(found) - 1)
        assert found[-1] == codes.CHANGED
        assert b"".join(sinks[0].parts) == image
        assert max([len(part) for part in sinks[0].parts]) <= 70  # a block at a time
        assert written == sinks
        assert scene.told(events.WRITTEN) == [((5, 0, 0),)]
        assert 0 not in instance.values  # nothing of it is held


def test_a_wrapped_image_that_is_not_whole_is_refused():
    image = bytes(300)
    for content_format, body in (
        (b"\x2d\x16", b"\xd0\x00\x02\x00" + image),  # says 512
        (b"\x2d\x16", b"\xd0\x00\x00\x40" + image),  # says 64
        (b"\x2d\x16", b"\xd0\x01\x01\x2c" + image),  # another resource
        (b"\x3c", b"\x79\x01\x2c" + image),  # a text
    ):
        instance, sinks, written = firmware()
        scene = scene_of(instance)
        assert push(scene, content_format, body)[-1] in (
            codes.BAD_REQUEST,
            codes.REQUEST_ENTITY_INCOMPLETE,
        )
        assert written == []
        taken = sum([len(part) for sink in sinks for part in sink.parts])
        assert taken <= (64 if body[:4] == b"\xd0\x00\x00\x40" else 300)


def test_an_upload_that_breaks_off_closes_its_sink():
    instance, sinks, written = firmware()
    scene = scene_of(instance)
    push(scene, b"\x2a", bytes(640), stop_after=3)
    assert not sinks[0].is_closed
    assert push(scene, b"\x2a", bytes(128))[-1] == codes.CHANGED  # it begins again
    assert sinks[0].is_closed
    assert written == [sinks[1]]


def test_a_small_image_and_an_empty_one_are_written_as_well():
    instance, sinks, written = firmware()
    scene = scene_of(instance)
    assert scene.write("/5/0/0", 42, b"small").code == codes.CHANGED
    assert sinks[0].parts == [b"small"]
    assert written == sinks
    assert scene.write("/5/0/0", 42, b"").code == codes.CHANGED  # a reset of the state machine
    assert written[1] == b""
    assert scene.read("/5/0/0", 42).code in (codes.METHOD_NOT_ALLOWED, codes.NOT_FOUND)


def test_an_image_in_a_format_that_cannot_be_streamed_is_refused_for_its_format():
    for content_format in (b"\x70", b"\x6e", b""):  # SenML CBOR and JSON, text
        instance, sinks, _written = firmware()
        scene = scene_of(instance, max_body=200)
        answers = push(scene, content_format, bytes(640))
        assert codes.UNSUPPORTED_CONTENT_FORMAT in answers, answers
        assert codes.REQUEST_ENTITY_TOO_LARGE not in answers
        assert not sinks
    scene = scene_of(sample(), max_body=200)  # without a sink it is the size
    assert codes.REQUEST_ENTITY_TOO_LARGE in push(scene, b"\x70", bytes(640), path="/33605/0/10")


def test_what_has_no_sink_is_gathered_up_to_a_bound():
    scene = scene_of(sample(), max_body=200)
    body = b"x" * 300
    answers = []
    for number in range(5):
        value = (number << 4 | (8 if number < 4 else 0) | 2).to_bytes(2, "big").lstrip(b"\0")
        its_options = ((12, b""), (27, value))
        part = body[number * 64 : number * 64 + 64]
        answers.append(scene.ask(codes.PUT, "/33605/0/15", its_options, part).code)
    assert answers[3] == codes.REQUEST_ENTITY_TOO_LARGE
    scene = scene_of(sample(), max_body=400)
    for number in range(5):
        value = (number << 4 | (8 if number < 4 else 0) | 2).to_bytes(2, "big").lstrip(b"\0")
        its_options = ((12, b""), (27, value))
        part = body[number * 64 : number * 64 + 64]
        answer = scene.ask(codes.PUT, "/33605/0/15", its_options, part)
    assert answer.code == codes.CHANGED
    assert scene.client.tree.value(33605, 0, 15) == "x" * 300


def test_a_repeated_request_is_done_once_and_answered_alike():
    calls = []
    scene = scene_of(Instance(SAMPLE, 0, {2: calls.append, 12: 1}))
    path = ((11, b"33605"), (11, b"0"), (11, b"2"))
    for _ in range(3):
        scene.receive(Message(CON, codes.POST, 0x1111, b"\x01", path, b""))
    assert [one.code for _server, one in scene.sent] == [codes.CHANGED] * 3
    assert calls == [()]
