"""Files of OpenCelliD: what is read, and what is refused with its line."""

from __future__ import annotations

import gzip

import pytest

from nce_sim.services.locator.opencellid import read_towers, towers_of
from nce_sim.services.locator.towers import CellId, Tower

HEADER = (
    "radio,mcc,net,area,cell,unit,lon,lat,range,samples,changeable,created,updated,averageSignal"
)
# In the form of the downloads, of the whole world and of one country.
GSM = "GSM,262,2,801,86355,0,13.285512,52.522202,1000,7,1,1282569574,1300155341,0"
LTE = "LTE,310,410,10519,11264769,,-117.16,32.71,1500,42,1,1459743588,1488347104,-95"


def written(tmp_path, text, name="262.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("form", ["plain", "header", "windows", "gzip"])
def test_files_are_read_as_they_are_downloaded(tmp_path, form):
    text = f"{GSM}\n{LTE}\n"
    if form == "header":
        text = f"{HEADER}\n{text}"
    name = "cell_towers.csv"
    content = text.replace("\n", "\r\n").encode() if form == "windows" else text.encode()
    if form == "gzip":
        name, content = "262.csv.gz", gzip.compress(content)
    assert read_towers(written(tmp_path, content, name), 2) == [
        Tower(CellId(262, 2, 801, 86355), 13.285512, 52.522202, 1000),
        Tower(CellId(310, 410, 10519, 11264769), -117.16, 32.71, 1500),
    ]


WRONG = (
    (GSM.replace("GSM", "WLAN"), "line 3: radio is 'WLAN'; it is one of GSM"),
    (GSM.replace("262", "x262"), "line 3: mcc is 'x262', not a whole number"),
    (GSM.replace("262", "1262"), "line 3: mcc is 1262; it is 1 to 999"),
    (GSM.replace("86355", "-1"), "line 3: cell is '-1', not a whole number"),
    (GSM.replace("86355", "9" * 5_00), "line 3: cell is '9999999999999999999…'"),
    (GSM.replace("52.522202", "north"), "line 3: lat is 'north', not degrees"),
    (GSM.replace("52.522202", "152.5"), "line 3: lon 13.2855, lat 152.5 is no place"),
    (GSM.replace("52.522202", "nan"), "line 3: lon 13.2855, lat nan is no place"),
    ("GSM,262,2,801", "line 3: 4 columns; OpenCelliD has 14"),
    (GSM + ",1,2", "line 3: 16 columns"),
    ("x" * 5_000, "line 3: more than 1000 characters"),
    (b"\xff\xfe\x00", "is no text"),
)


@pytest.mark.parametrize(("line", "reason"), WRONG, ids=lambda value: str(value)[:30])
def test_a_wrong_line_is_named_and_nothing_is_read(tmp_path, line, reason):
    before = f"{GSM}\n{LTE}\n".encode()
    content = before + (line if isinstance(line, bytes) else line.encode()) + b"\n"
    with pytest.raises(ValueError, match=r".") as caught:
        read_towers(written(tmp_path, content), 10)
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 200


def test_more_towers_than_allowed_are_refused():
    with pytest.raises(ValueError, match="line 3: more than 2 towers; cut the file"):
        list(towers_of([GSM, LTE, GSM], 2))


def test_a_cut_gzip_file_is_refused(tmp_path):
    content = gzip.compress(f"{GSM}\n".encode())[:-12]
    with pytest.raises(ValueError, match="is no whole gzip file"):
        read_towers(written(tmp_path, content, "262.csv.gz"), 10)
    with pytest.raises(ValueError, match="is no whole gzip file"):
        read_towers(written(tmp_path, b"no gzip at all", "262.csv.gz"), 10)
