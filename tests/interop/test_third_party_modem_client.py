"""Other people's modem software against the simulated modems, unmodified, through a pty.

`python-gsmmodem-new` from PyPI and, where Debian has put it, `gammu`: both register, read the SIM,
send an SMS and receive one.
"""

import asyncio
import os
import shutil
import subprocess
import threading

import pytest

from support.modem_station import Station

LIMIT_S = 40
GAMMU = shutil.which("gammu")
TEXT = "Hello [world] €"
# One of each vendor; the others of a vendor share its code.
FAMILIES = ["bg95", "sim7080", "sim7000", "sara-r5", "gm02s"]
# Their AT+CREG? tells 0 on LTE, which the library takes for a modem that does not search.
SILENT_CREG = ("sim7080", "sim7000")


def close(modem, threads_before):
    """Close a GsmModem whose notification threads have had their answers.

    They run on after the callback (to delete the message); closed under one, it times out in the
    middle of a later test.
    """
    for thread in threading.enumerate():
        if thread.daemon and thread is not modem.rxThread and thread not in threads_before:
            thread.join(LIMIT_S)
            assert not thread.is_alive(), "%s still waits for the modem" % thread.name
    modem.close()


@pytest.mark.parametrize("family", FAMILIES)
def test_python_gsmmodem_registers_reads_the_sim_sends_and_receives(family):
    gsmmodem = pytest.importorskip(
        "gsmmodem.modem", reason="python-gsmmodem-new is not installed: pip install it"
    )
    received = []
    threads_before = threading.enumerate()

    def client(path):
        modem = gsmmodem.GsmModem(
            path,
            115_200,
            smsReceivedCallbackFunc=lambda sms: received.append((sms.number, sms.text)),
        )
        modem.connect()
        if family in SILENT_CREG:
            with pytest.raises(gsmmodem.InvalidStateException, match="not searching"):
                modem.waitForNetworkCoverage(10)
        else:
            assert modem.waitForNetworkCoverage(10) > 0
        assert modem.signalStrength > 0
        numbers = (modem.imei, modem.imsi, modem.smsc)
        reference = modem.sendSms("+4915112345678", TEXT).reference
        return modem, numbers, reference

    async def main():
        station = Station(family)
        await station.registered()
        await asyncio.sleep(0.5)
        modem, numbers, reference = await asyncio.wait_for(
            asyncio.to_thread(client, station.port.path), LIMIT_S
        )
        messages = station.world.operator.sms.messages(station.sim)
        store = station.modem.messaging.store
        station.world.operator.sms.send_mt(station.sim, "Grüße von oben", dcs=8)
        for _ in range(500):
            if received and not store.memory("ME" if "ME" in store.names else "SM"):
                break  # read and deleted
            await asyncio.sleep(0.01)
        await asyncio.to_thread(close, modem, threads_before)
        station.port.close()
        mistakes = {m.fields["reason"] for m in station.world.timeline.records(kind="mistake")}
        # u-blox asks for 20 ms of quiet before a command; this library keeps none.
        assert mistakes <= {"command too soon after the last output"}
        return station, numbers, reference, messages

    station, numbers, reference, messages = asyncio.run(main())
    assert numbers[:2] == (station.modem.imei, station.sim.imsi)
    assert [message.reference for message in messages] == [reference]
    assert messages[0].destination.endswith("4915112345678")
    assert [text for _, text in received] == ["Grüße von oben"]


def gammu(config, *arguments, text=None):
    finished = subprocess.run(
        [GAMMU, "-c", config, *arguments],
        input=text,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        check=False,
    )
    return finished.stdout + finished.stderr


def gammu_config(station, folder):
    config = folder / "gammurc"
    config.write_text(
        f"[gammu]\ndevice = {station.port.path}\nconnection = at115200\nsynchronizetime = no\n"
    )
    return config


@pytest.mark.skipif(GAMMU is None, reason="gammu is not installed; `make peers` installs it")
def test_gammu_knows_who_is_there(tmp_path):
    async def main():
        async with Station("ec25") as station:
            await station.registered()
            config = gammu_config(station, tmp_path)
            identity = await asyncio.to_thread(gammu, config, "identify")
            return [each in identity for each in (station.modem.imei, station.sim.imsi, "EC25")]

    assert all(asyncio.run(main()))


@pytest.mark.slow
@pytest.mark.skipif(GAMMU is None, reason="gammu is not installed; `make peers` installs it")
@pytest.mark.parametrize("family", ["bg95", "sara-r5"])
def test_gammu_identifies_sends_and_reads(family, tmp_path):
    async def main():
        station = Station(family)
        await station.registered()
        config = gammu_config(station, tmp_path)
        identity = await asyncio.to_thread(gammu, config, "identify")
        network = await asyncio.to_thread(gammu, config, "networkinfo")
        sent = await asyncio.to_thread(
            gammu, config, "sendsms", "TEXT", "+4915112345678", text="Hello from gammu"
        )
        station.world.operator.sms.send_mt(station.sim, "Hello, gammu", dcs=0)
        await asyncio.sleep(1)
        messages = await asyncio.to_thread(gammu, config, "getallsms")
        station.port.close()
        return station, identity, network, sent, messages

    station, identity, network, sent, messages = asyncio.run(main())
    assert station.modem.imei in identity
    assert station.sim.imsi in identity
    assert "roaming" in network
    assert "OK" in sent
    assert "Hello, gammu" in messages
