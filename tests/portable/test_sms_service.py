"""Short messages over a scripted modem: sent, told, read, kept, refused."""

import nce_modem.sms.errors
import nce_modem.sms.storage
from nce_modem import UsageError
from nce_modem.power_saving import PowerSaving
from nce_modem.sms import Sms
from nce_modem.sms.tpdu import Report
from test_modem_session import ScriptedModem, play, raised

errors = nce_modem.sms.errors

OK = "\r\nOK\r\n"
# gammu at-sms/07: "Test" from +358456709855; and the same text in two parts, from 27838890001.
TEST = "0791534850020200040C9153486507895500006090608164138004D4F29C0E"
REPORT = "07917248014000F506B70AA18092020000317071518590803170715185418000"
SUBMITTED = "0791361907001003B17A0C913619397750320000AD11CD701E340FB3C3F23CC81D0689C3BF"


def part(number, letter):
    """A DELIVER of `number` of 2: four UCS2 letters."""
    body = "".join(["00%02X" % ord(letter)] * 4)
    return "0044038121F3000862101100000000" + "0E" + "05000342020%d" % number + body


class Store(ScriptedModem):
    """A modem with an SMS storage, by literal lines; `messages` is {index: PDU}."""

    def __init__(self, messages=(), total=10):
        super().__init__()
        self.messages = dict(messages)
        self.total = total
        self.submitted = []
        self.refusal = None
        self._is_typing = False
        self._text = b""

    def write(self, data):
        if not self._is_typing:
            super().write(data)
            return
        self._text += bytes(data)
        if self._text.endswith(b"\x1a"):
            self._is_typing = False
            self.submitted.append(self._text[:-1].decode())
            self._text = b""
            if self.refusal and len(self.submitted) >= self.refusal[0]:
                self.say("\r\n+CMS ERROR: %d\r\n" % self.refusal[1])
            else:
                self.say("\r\n+CMGS: %d\r\n" % (100 + len(self.submitted)) + OK)

    def on_command(self, line):
        name, _, value = line.partition("=")
        if name == "AT+CMGS":
            self._is_typing = True
            self.say("\r\n> ")
        elif name == "AT+CMGL":
            text = ""
            for index in sorted(self.messages):
                pdu = self.messages[index]
                text += "\r\n+CMGL: %d,1,,%d\r\n%s" % (index, len(pdu) // 2 - 8, pdu)
            self.say(text + "\r\n" + OK)
        elif name == "AT+CMGR":
            pdu = self.messages.get(int(value))
            if pdu is None:
                self.say("\r\n+CMS ERROR: 321\r\n")
            else:
                # An event between header and body, as modems do it.
                self.say("\r\n+CMGR: 0,,23\r\n+CSCON: 1\r\n%s\r\n" % pdu + OK)
        elif name == "AT+CMGD" and int(value) > self.total:
            self.say("\r\n+CMS ERROR: 321\r\n")
        elif name == "AT+CMGD":
            self.messages.pop(int(value), None)
            self.say(OK)
        elif line == "AT+CPMS?":
            used = len(self.messages)
            self.say('\r\n+CPMS: "ME",%d,%d,"ME",%d,%d\r\n' % (used, self.total, used, self.total))
            self.say(OK)
        else:
            super().on_command(line)


def run(scene, store, **options):
    async def within(modem, script):
        await scene(Sms(modem, **options), script)

    play(within, store)


def test_a_text_is_sent_and_its_reference_told():
    async def scene(sms, store):
        assert await sms.send("+46708251358", "hellohello", validity_h=96) == [101]
        # A tutorial's PDU, copied everywhere, with the modem's own service centre.
        assert store.submitted == ["0011000B916407281553F80000AA0AE8329BFD4697D9EC37"]
        assert "AT+CMGS=23" in store.commands
        assert await sms.send("123", "ж" * 71, report=True) == [102, 103]
        assert store.submitted[1][:4] == "0071"

    run(scene, Store())


def test_a_refusal_says_which_part_and_why_and_what_left():
    async def scene(sms, store):
        store.refusal = (2, 38)
        error = await raised(errors.SmsRefused, sms.send("123", "a" * 400))
        assert error.code == 38
        assert error.references == (101,)
        assert "part 2" in str(error)
        assert "out of order" in str(error)
        store.refusal = (1, 322)
        await raised(errors.StorageFull, sms.send("123", "a"))

    run(scene, Store())


def test_a_new_message_is_told_read_handed_out_and_deleted():
    async def scene(sms, store):
        assert await sms.receive(50) is None
        store.messages[3] = TEST
        store.say('\r\n+CMTI: "ME",3\r\n')
        message = await sms.receive(5000)
        assert (message.number, message.text, message.missing) == ("+358456709855", "Test", 0)
        assert store.messages == {}
        assert await sms.receive(50) is None

    run(scene, Store())


def test_what_came_before_is_received_too_and_parts_wait_for_each_other():
    async def scene(sms, store):
        assert (await sms.receive(5000)).text == "Test"
        assert await sms.receive(50) is None
        assert sorted(store.messages) == [1, 4]  # the outgoing one, and half a message
        store.messages[2] = part(1, "a")
        store.say('\r\n+CMTI: "ME",2\r\n')
        message = await sms.receive(5000)
        assert message.text == "aaaabbbb"
        assert sorted(store.messages) == [1]

    run(scene, Store({1: SUBMITTED, 3: TEST, 4: part(2, "b")}))


def test_messages_pushed_without_a_storage_and_reports_are_received():
    async def scene(sms, store):
        assert await sms.receive(20) is None
        store.say("\r\n+CMT: ,23\r\n" + TEST + "\r\n")
        store.say("\r\n+CDS: 24\r\n" + REPORT + "\r\n")
        assert (await sms.receive(5000)).text == "Test"
        report = await sms.receive(5000)
        assert isinstance(report, Report)
        assert (report.reference, report.status) == (183, 0)

    run(scene, Store())


def test_kept_messages_are_handed_out_once_and_a_full_storage_is_an_error():
    async def scene(sms, store):
        assert (await sms.receive(5000)).text == "Test"
        assert store.messages == {1: TEST}
        assert await sms.receive(20) is None
        store.messages[2] = TEST
        store.say('\r\n+CMTI: "ME",2\r\n')
        assert (await sms.receive(5000)).indexes == (2,)
        sms._look_at_ms = 0
        error = await raised(errors.StorageFull, sms.receive(20))
        assert "all 2 places" in str(error)
        await sms.delete(1)
        assert await sms.capacity() == (1, 2)
        assert await sms.receive(20) is None

    run(scene, Store({1: TEST}, total=2), keeps=True)


def test_the_storage_is_listed_with_long_messages_as_one():
    store = Store({1: SUBMITTED, 2: part(2, "b"), 3: TEST, 4: part(1, "a"), 5: "00440381"})
    store.messages[6] = part(1, "c").replace("050003420201", "050003430201")

    async def scene(sms, store):
        messages = await sms.list()
        assert [(m.text, m.indexes, m.missing) for m in messages] == [
            ("May salary na ba?", (1,), 0),
            ("Test", (3,), 0),
            ("aaaabbbb", (4, 2), 0),
            ("cccc", (6,), 1),
        ]
        assert sms.lost == 1
        await sms.delete(messages[2])
        assert sorted(store.messages) == [1, 3, 5, 6]
        assert (await sms.read(3)).text == "Test"
        error = await raised(errors.SmsRefused, sms.read(9))
        assert error.code == 321
        error = await raised(errors.SmsRefused, sms.delete(999))
        assert error.code == 321 and "place 999 was not deleted" in str(error)

    run(scene, store)


def test_settings_are_made_again_after_a_restart():
    async def scene(sms, store):
        assert await sms.receive(20) is None
        assert store.count("AT+CNMI=2,1,0,1,0") == 1
        store.say("\r\nRDY\r\n")
        store.messages[1] = TEST
        assert (await sms.receive(20_000)).text == "Test"
        assert store.count("AT+CNMI=2,1,0,1,0") == 2

    run(scene, Store())


# SIM7000 and SIM7080 AT manuals, +CNMI: reports come as places (+CDSI), never whole (CMS 303).
NOTICES = (
    ((), "2,1,0,1,0"),
    (("2,1,0,1,0",), "2,1,0,2,0"),
    (("2,1,0,1,0", "2,1,0,2,0"), "2,1,0,0,0"),
)


def test_modems_without_reports_and_with_another_storage_are_set_up():
    for refused, taken in NOTICES:

        async def scene(sms, store, refused=refused, taken=taken):
            for form in refused:
                store.answers["AT+CNMI=" + form] = "\r\n+CMS ERROR: 303\r\n"
            assert await sms.receive(20) is None
            assert 'AT+CPMS="SM","SM","SM"' in store.commands
            found = [line for line in store.commands if line.startswith("AT+CNMI=")]
            assert found == ["AT+CNMI=" + form for form in refused + (taken,)]

        run(scene, Store(), storage="SM")


def test_text_mode_is_read_and_sent():
    class TextStore(Store):
        def on_command(self, line):
            if line == 'AT+CMGL="ALL"':
                # 1NCE's SIM7000 guide; then UCS2 in hexadecimal with AT+CSDH=1.
                self.say('\r\n+CMGL: 1,"REC READ","123","","21/06/22,10:13:29+00"\r\n')
                self.say("MT-SMS 01 Test\r\n")
                self.say(
                    '+CMGL: 2,"REC READ","123",,"21/06/22,10:13:29+00",129,4,0,8,"",145,4\r\n'
                    "04360436\r\n" + OK
                )
            else:
                super().on_command(line)

    async def scene(sms, store):
        messages = await sms.list()
        assert [message.text for message in messages] == ["MT-SMS 01 Test", "жж"]
        assert messages[0].at.year == 2021
        assert await sms.send("+882285100", "Test SMS") == [101]
        assert store.submitted == ["Test SMS"]
        assert 'AT+CMGS="+882285100"' in store.commands
        await sms.send("12", "€")
        assert store.submitted[1] == "20AC"
        assert 'AT+CMGS="00310032"' in store.commands
        await raised(errors.SmsTooLong, sms.send("12", "ж" * 71))
        await raised(UsageError, sms.send("12", b"data"))

    run(scene, TextStore(), is_text=True)


def test_more_messages_than_can_be_held_stay_in_the_storage_until_there_is_room():
    async def scene(sms, store):
        for _ in range(40):
            assert (await sms.receive(5000)).text == "Test"
        assert store.messages == {}
        assert sms.lost == 0
        assert await sms.receive(20) is None

    run(scene, Store({index: TEST for index in range(1, 41)}, total=50))


def test_a_service_changes_nothing_for_another_modem():
    def table(modem):
        dialect = modem.family.profile.dialect
        return sorted(dialect.payloads), dialect.urcs

    async def scene(sms, store):
        before = table(sms.modem)
        Sms(sms.modem)
        PowerSaving(sms.modem)
        assert table(sms.modem) == before

    run(scene, Store())


def test_a_report_in_text_mode_is_one_line_and_swallows_none():
    async def scene(sms, store):
        assert await sms.receive(50) is None
        store.messages[3] = TEST
        store.say('\r\n+CDS: 6,101,"+4915",145,"26/01/01","26/01/01",0\r\n')
        store.say('\r\n+CMTI: "ME",3\r\n')
        assert (await sms.receive(5000)).text == "Test"

    run(scene, Store())


def test_a_report_in_the_storage_is_listed_beside_the_messages():
    async def scene(sms, store):
        found = await sms.list()
        assert [type(each) is Report for each in found] == [True, False], found
        assert found[1].text == "Test"

    run(scene, Store({1: REPORT, 3: TEST}))


def test_lines_in_front_of_the_first_header_belong_to_nothing():
    lines = ["stray", "+CMGL: 1,1,,23", TEST, "more", "+CMGL: 2,1,,23"]
    found = nce_modem.sms.storage.group(lines, "+CMGL")
    assert found == [("1,1,,23", [TEST, "more"]), ("2,1,,23", [])]
    assert nce_modem.sms.storage.group(["stray"], "+CMGL") == []


# TS 27.005, 3.2.5, and TS 24.011, E.2: what a refusal says, and what is to be done.
REFUSALS = (
    (21, "rejected", "may send"),
    (28, "does not know the SIM", "1NCE portal"),
    (38, "out of order", "later"),
    (41, "temporary", "later"),
    (42, "congested", "later"),
    (50, "no SMS", "quota"),
    (69, "does not offer", "plain message"),
    (302, "does not allow", "register"),
    (304, "PDU", "number"),
    (305, "parameter", "number"),
    (310, "no SIM", "contacts"),
    (320, "memory failed", "another storage"),
    (321, "no message", "list()"),
    (330, "service centre", "CSCA"),
    (331, "no network", "register"),
    (332, "did not answer", "later"),
)


def test_every_refusal_says_why_and_what_to_do():
    async def scene(sms, store):
        for code, reason, remedy in REFUSALS:
            store.refusal = (1, code)
            error = await raised(errors.SmsRefused, sms.send("123", "a"))
            assert error.code == code and reason in str(error) and remedy in str(error), error

    run(scene, Store())


def test_a_broken_notice_makes_the_storage_be_looked_at():
    async def scene(sms, store):
        assert await sms.receive(20) is None
        store.messages[3] = TEST
        store.say('\r\n+CMTI: "ME"\r\n')
        assert (await sms.receive(5000)).text == "Test"

    run(scene, Store())


def test_a_place_is_used_again_after_its_message_was_handed_out():
    async def scene(sms, store):
        for _ in range(3):
            store.messages[3] = TEST
            store.say('\r\n+CMTI: "ME",3\r\n')
            assert (await sms.receive(5000)).text == "Test"
            assert store.messages == {}
        assert await sms.receive(20) is None
        # Nobody told of this one: looking at the storage finds it.
        store.messages[3] = TEST
        sms._look_at_ms = 0
        assert (await sms.receive(5000)).text == "Test"

    async def kept(sms, store):
        for _ in range(3):
            store.messages[3] = TEST
            store.say('\r\n+CMTI: "ME",3\r\n')
            assert (await sms.receive(5000)).text == "Test"
            sms._look_at_ms = 0
            assert await sms.receive(20) is None
            await sms.delete(3)
        # Told twice of one place, it is free all the same once its message is deleted.
        for _ in range(2):
            store.messages[3] = TEST
            store.say('\r\n+CMTI: "ME",3\r\n')
            assert (await sms.receive(5000)).text == "Test"
        await sms.delete(3)
        store.messages[3] = TEST
        sms._look_at_ms = 0
        assert (await sms.receive(5000)).text == "Test"

    run(scene, Store())
    run(kept, Store(), keeps=True)
