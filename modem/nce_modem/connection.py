"""The connection as a management server wants to see it: access, signal, address and cell at once.

    found = await read_connection(modem)    # None while the modem is not attached
    found.act, found.rsrp_dbm, found.address, found.ci

It is what LwM2M's object 4 (Connectivity Monitoring) is fed with; a few commands, one after the
other. Not asked for what `Modem` knows.
"""

from collections import namedtuple

# As in `Cell` and `Signal`; address and apn are text, the modem's own.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, NamedTuple

    class Connection(NamedTuple):
        act: str | None
        rssi_dbm: float | None
        rsrp_dbm: float | None
        rsrq_db: float | None
        sinr_db: float | None
        address: str
        apn: str
        ci: int | None
        tac: int | None
        mnc: str
        mcc: str

else:
    Connection = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Connection",
        (
            "act", "rssi_dbm", "rsrp_dbm", "rsrq_db", "sinr_db", "address", "apn", "ci", "tac",
            "mnc", "mcc",
        ),
    )  # fmt: skip


async def read_connection(modem: "Modem") -> "Connection | None":
    """The `Connection`, None while there is none. Raises what the line raises."""
    address = modem.address
    if address is None:
        return None
    from nce_modem.cells import read_place

    cell = await read_place(modem)
    if cell is None:
        return None
    del read_place
    modem.unload("cells")
    from nce_modem.signal import read_signal

    signal = await read_signal(modem)
    modem.unload("signal")
    return Connection(
        cell.act,
        signal.rssi_dbm,
        signal.rsrp_dbm,
        signal.rsrq_db,
        signal.sinr_db,
        address,
        modem.apn,
        cell.ci,
        cell.tac,
        cell.mnc,
        cell.mcc,
    )
