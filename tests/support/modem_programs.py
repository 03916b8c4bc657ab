"""What other people's modem programs can do with the simulated modems, and the table of it.

    PYTHONPATH=tests python -m support.modem_programs docs/modem_programs.md

runs all of them and writes the tables between the marks of that page. `judge("gnokii", family)` is
one row: a program, a family, and what worked.
"""

import asyncio
import contextlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.modem_station import AbstractSocket, Station

LIMIT_S = 60
SETTLE_S = 0.2
# One of each maker whose modems these programs can know: with text mode, a store, calls.
FAMILIES = ("bg95", "ec25", "sim7080", "sara-r4", "sara-r5", "gm02s")
TEXT, NUMBER = "Hello down there", "+4915112345678"
ABILITIES = ("identity", "registered", "SMS out", "SMS in", "data call")
BEGIN, END = "<!-- produced: begin -->", "<!-- produced: end -->"
YES, NO, UNASKED = "yes", "no", "–"
# What a program is, when it is not a command on the path.
LIBRARIES = {"python-gsmmodem-new": "gsmmodem", "atlib": "atlib"}


def run(*arguments, text=None, env=None, limit_s=LIMIT_S):
    """Run a program to its end; both its outputs as text."""
    finished = subprocess.run(
        [str(each) for each in arguments],
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        timeout=limit_s,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
        check=False,
    )
    return finished.stdout + finished.stderr


@contextlib.contextmanager
def running(*arguments, env=None, output=subprocess.DEVNULL):
    """A program that runs in the background, and is stopped."""
    process = subprocess.Popen(
        [str(each) for each in arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, "LC_ALL": "C.UTF-8", **(env or {})},
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def until(met, limit_s=LIMIT_S):
    """Whether `met()` became true in time."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if met():
            return True
        time.sleep(SETTLE_S)
    return False


# -- the programs: each takes the station and a folder, and says what it saw ------------------
# They run in a thread; the station's loop goes on meanwhile.


def gammu(station, folder):
    config = folder / "gammurc"
    config.write_text(
        f"[gammu]\ndevice = {station.port.path}\nconnection = at115200\nsynchronizetime = no\n"
    )
    identity = run("gammu", "-c", config, "identify")
    network = run("gammu", "-c", config, "networkinfo")
    monitor = run("gammu", "-c", config, "monitor", "1")
    sent = run("gammu", "-c", config, "sendsms", "TEXT", NUMBER, text="Hello from gammu")
    return {
        "identity": station.modem.imei in identity and station.sim.imsi in identity,
        "registered": "roaming" in network and "Network state" in monitor,
        "SMS out": "OK" in sent,
        "SMS in": TEXT in run("gammu", "-c", config, "getallsms"),
    }


def gnokii(station, folder):
    config = folder / "gnokiirc"
    config.write_text(
        f"[global]\nport = {station.port.path}\nmodel = AT\nconnection = serial\n"
        "[logging]\ndebug = off\n"
    )
    base = ("gnokii", "--config", config)
    identity = run(*base, "--identify")
    monitor = run(*base, "--monitor", "once")
    sent = run(*base, "--sendsms", NUMBER, text="Hello from gnokii\n")
    store = "ME" if "ME" in dict(station.modem.personality.messages.capacities) else "SM"
    received = "".join(run(*base, "--getsms", each, "0", "3") for each in {store, "SM"})
    return {
        "identity": station.modem.imei in identity,
        "registered": "262 01" in monitor,
        "SMS out": "Send succeeded" in sent,
        "SMS in": TEXT in received,
    }


def smstools(station, folder):
    for name in ("outgoing", "checked", "incoming", "failed", "sent", "report"):
        (folder / name).mkdir()
    (folder / "conf").write_text(
        "devices = GSM1\n"
        + "".join(
            f"{name} = {folder}/{name}\n"
            for name in ("outgoing", "checked", "incoming", "failed", "sent", "report")
        )
        + f"logfile = {folder}/log\ninfofile = {folder}/info\npidfile = {folder}/pid\n"
        f"loglevel = 7\ndelaytime = 1\n[GSM1]\ndevice = {station.port.path}\nincoming = yes\n"
        "baudrate = 115200\n"
    )
    (folder / "outgoing/one").write_text(f"To: {NUMBER[1:]}\n\nHello from smsd\n")
    with running("smsd", "-c", folder / "conf", "-t"):
        is_sent = until(lambda: list((folder / "sent").iterdir()))
        is_here = until(
            lambda: any(TEXT in each.read_text() for each in (folder / "incoming").iterdir()), 20
        )
    log = (folder / "log").read_text(errors="replace")
    return {
        "identity": f"IMSI: {station.sim.imsi}" in log or station.sim.imsi in log,
        "registered": "registered to a roaming partner network" in log,
        "SMS out": is_sent,
        "SMS in": is_here,
    }


def wvdial(station, folder):
    config = folder / "wvdial.conf"
    config.write_text(
        f"[Dialer Defaults]\nModem = {station.port.path}\nBaud = 115200\nInit1 = ATZ\n"
        "Init2 = ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0\nPhone = *99#\nUsername = any\n"
        "Password = any\nStupid Mode = 1\nDial Attempts = 1\nCarrier Check = no\n"
    )
    said = run("wvdial", "-C", config, limit_s=30)
    assert "Modem initialized" in said, said
    assert "NO CARRIER" in said, said
    return {"data call": "Connected" in said or "CONNECT" in said}


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={path}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""
SERVICE = "org.freedesktop.ModemManager1"


def modem_manager(station, folder):
    bus = folder / "bus"
    (folder / "bus.conf").write_text(BUS.format(path=bus))
    buses = ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS")
    env = dict.fromkeys(buses, f"unix:path={bus}")

    def mmcli(*arguments):
        return run("mmcli", *arguments, env=env)

    daemon = ("ModemManager", "--test-session", "--test-enable", "--test-no-udev")
    daemon += ("--test-no-suspend-resume", "--no-auto-scan", "--debug")
    with (
        (folder / "log").open("wb") as log,
        running("dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork"),
    ):
        assert until(bus.exists)
        with running(*daemon, env=env, output=log):
            assert until(lambda: "No modems" in mmcli("-L"))
            # Its virtual ports are what its own tests have: a pty is not in sysfs, where it looks.
            run("dbus-send", "--session", "--print-reply", f"--dest={SERVICE}",
                "/org/freedesktop/ModemManager1", f"{SERVICE}.Test.SetProfile", "string:one",
                "string:generic", f"array:string:{station.abstract}", env=env)  # fmt: skip
            assert until(lambda: "state: disabled" in mmcli("-m", "any"))
            mmcli("-m", "any", "-e")
            until(lambda: "registration: roaming" in mmcli("-m", "any"), 20)
            shown = mmcli("-m", "any")
            card = mmcli("-i", "any")
            made = mmcli("-m", "any", f"--messaging-create-sms=text='Hello',number='{NUMBER}'")
            sent = mmcli("-s", made.split("/SMS/")[-1].strip(), "--send")
            listed = mmcli("-m", "any", "--messaging-list-sms")
            numbers = re.findall(r"/SMS/(\d+) \(received\)", listed)
            received = "".join(mmcli("-s", number) for number in numbers)
            called = mmcli("-m", "any", "--simple-connect=apn=iot.1nce.net")
    technology = re.search(r"access tech: (\S+)", shown)
    return {
        "identity": station.modem.imei in shown and station.sim.imsi in card,
        "registered": "registration: roaming" in shown
        and (f"as {technology.group(1)}" if technology else True),
        "SMS out": "successfully sent" in sent,
        "SMS in": TEXT in received,
        "data call": "successfully connected" in called,
    }


def gsmmodem(station, folder):
    code = (
        "import sys; from gsmmodem.modem import GsmModem; m = GsmModem(sys.argv[1], 115200)\n"
        "m.connect(); print(m.imei, m.imsi, 'signal', m.waitForNetworkCoverage(10))\n"
        "print('sent', m.sendSms(sys.argv[2], 'Hello [world]').reference)\n"
        "print([each.text for each in m.listStoredSms()]); m.close()"
    )
    said = run(sys.executable, "-c", code, station.port.path, NUMBER)
    return {
        "identity": f"{station.modem.imei} {station.sim.imsi}" in said,
        "registered": "signal" in said,
        "SMS out": "sent" in said,
        "SMS in": TEXT in said,
    }


def atlib(station, folder):
    code = (
        "import sys; from atlib import *; m = LTE_Device(sys.argv[1])\n"
        "print(m.get_sim_status(), m.get_imei(), m.get_imsi())\n"
        "print('stat', m.get_network_registration(), m.get_current_operator(), m.get_signal())\n"
        "print('sent', m.send_sms(sys.argv[2], 'Hello from atlib'))\n"
        "print(m.receive_sms(SMS_Group.ALL)); m.call('*99#', False)\n"
        "print('call', m.await_urc('CONNECT', 2))"
    )
    said = run(sys.executable, "-c", code, station.port.path, NUMBER)
    return {
        "identity": f"{station.modem.imei} {station.sim.imsi}" in said,
        "registered": re.search(r"stat \(\d, 5\)", said) is not None,
        "SMS out": "sent OK" in said,
        "SMS in": TEXT in said,
    }


PROGRAMS = {
    "gammu": gammu,
    "gnokii": gnokii,
    "smsd": smstools,
    "ModemManager": modem_manager,
    "wvdial": wvdial,
    "python-gsmmodem-new": gsmmodem,
    "atlib": atlib,
}
_VERSIONS = {
    "gammu": ("gammu", "--version"),
    "gnokii": ("gnokii", "--version"),
    "smsd": ("smsd", "-V"),
    "ModemManager": ("ModemManager", "--version"),
    "wvdial": ("wvdial", "--version"),
}


def missing(program):
    """What is not installed of what a program needs, or None."""
    if program in LIBRARIES:
        is_there = importlib.util.find_spec(LIBRARIES[program]) is not None
        return None if is_there else program
    needed = [program] + ["dbus-daemon", "dbus-send", "mmcli"] * (program == "ModemManager")
    return next((each for each in needed if shutil.which(each) is None), None)


def version_of(program):
    """The version of an installed program."""
    if program in LIBRARIES:
        return importlib.metadata.version(program)
    found = re.search(r"\d+(?:\.\d+)+", run(*_VERSIONS[program]))
    return found.group() if found else "unknown"


async def judge(program, family):
    """Let a program do what it can: its row, and each command it typed with the result."""
    async with Station(family) as station:
        await station.registered()
        await asyncio.sleep(SETTLE_S)
        station.send_text(TEXT)
        await station.has_text()
        line = None
        if program == "ModemManager":
            station.abstract = f"abstract:nce-{os.getpid()}-{family}"
            line = AbstractSocket(station.modem, station.abstract)
        # A pty's path is short, and so is that of a bus in a folder of its own.
        with tempfile.TemporaryDirectory(prefix="nce") as folder:
            found = await asyncio.to_thread(PROGRAMS[program], station, Path(folder))
        if line is not None:
            line.close()
        # What a program believes is not enough: the network has it, or not.
        if found.get("SMS out"):
            assert [each for each in station.destinations if each.endswith(NUMBER[1:])]
        return found, list(station.commands)


def cell(found, ability):
    """How the table says one ability."""
    value = found.get(ability)
    if value is None:
        return UNASKED
    return f"{YES}, {value}" if isinstance(value, str) else (YES if value else NO)


def rows_of(program, found_by_family):
    """The rows of one program: a line for each family."""
    return [
        f"| {program} | {family} | " + " | ".join(cell(found, each) for each in ABILITIES) + " |"
        for family, found in found_by_family.items()
    ]


def command_form(text):
    """A command without its arguments: `+CREG=`, `+CREG?`, `D`."""
    found = re.match(r"[+#%^*_$][\w/-]+(?:=\?|=|\?)?|&?[A-Z]\d*(?:[=?])?", text)
    assert found is not None, text
    shown = found.group()
    if shown[0] == "S" or not shown[-1].isdigit():
        return shown
    return shown.rstrip("0123456789")


async def judge_families(program):
    """All families at once: `{family: (row, commands)}`."""
    answers = await asyncio.gather(*(judge(program, family) for family in FAMILIES))
    return dict(zip(FAMILIES, answers, strict=True))


def tables(answers):
    """Both tables as text, from `{program: {family: (row, commands)}}`."""
    lines = [
        "| program | family | " + " | ".join(ABILITIES) + " |",
        "|---|---|" + "---|" * len(ABILITIES),
    ]
    asked = {}
    for program, by_family in answers.items():
        name = f"{program} {version_of(program)}"
        lines += rows_of(name, {family: found for family, (found, _) in by_family.items()})
        for family, (_, commands) in by_family.items():
            for text, result in commands:
                by, results = asked.setdefault(command_form(text), ({}, {}))
                by[program] = None
                is_error = "ERROR" in result
                results[family] = results.get(family, True) and is_error
    lines += ["", "| command | asked by | refused by |", "|---|---|---|"]
    for command, (by, refused) in sorted(asked.items()):
        families = [family for family in FAMILIES if refused.get(family)]
        shown = "all" if len(families) == len(FAMILIES) else ", ".join(families) or UNASKED
        lines.append(f"| `AT{command}` | {', '.join(by)} | {shown} |")
    return "\n".join(lines)


def replaced(page, produced):
    """A page with other tables between its marks."""
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    assert after, f"the page has no {BEGIN} and {END}"
    return f"{before}{BEGIN}\n{produced}\n{END}{after}"


async def main(path):
    """Run all programs and write their tables into the page."""
    answers = {}
    for program in PROGRAMS:
        absent = missing(program)
        if absent is not None:
            raise SystemExit(f"{absent} is not installed; `make peers` installs it")
        answers[program] = await judge_families(program)
        print(*rows_of(program, {f: row for f, (row, _) in answers[program].items()}), sep="\n")
    page = Path(path)
    page.write_text(replaced(page.read_text(), tables(answers)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
