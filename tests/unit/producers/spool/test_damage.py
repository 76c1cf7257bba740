"""What is damaged on disk is told, counted and kept; what is whole is sent."""

import logging
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from producers.spool import Spool, SpoolFolder
from producers.spool import queue as queue_module
from producers.spool.records import framed

ROOM = 10**9
RECORDS = [bytes([number]) * 100 for number in range(1, 10)]
FRAMED = len(framed(RECORDS[0]))


def filled(folder: Path, records: list[bytes] = RECORDS) -> list[Path]:
    spool = Spool(folder, ROOM)
    for record in records:
        assert spool.append(record)
    spool.close()
    return sorted(folder.iterdir())


def hurt(file: Path, at: int, with_bytes: bytes = b"\xff") -> None:
    data = bytearray(file.read_bytes())
    data[at : at + len(with_bytes)] = with_bytes
    file.write_bytes(data)


def take_all(spool: Spool) -> list[bytes]:
    records = []
    while (record := spool.take(0)) is not None:
        records.append(record)
    return records


def counted() -> float:
    return REGISTRY.get_sample_value("earshot_capture_spool_damaged_bytes_total") or 0.0


@pytest.mark.parametrize("at", [0, 3, 5, 50], ids=["length", "low byte of the length", "checksum", "record"])
def test_rest_of_a_damaged_file_is_sent_and_the_file_kept(tmp_path, caplog, at):
    (file,) = filled(tmp_path / "s")
    hurt(file, 2 * FRAMED + at)
    damaged = file.read_bytes()
    before = counted()
    spool = Spool(tmp_path / "s", ROOM)
    assert f"{file} is damaged: 108 bytes from byte 216 on, at most 0.00 s of sound, are lost" in caplog.text
    assert counted() - before == 108
    assert spool.waiting == 8
    assert take_all(spool) == RECORDS[:2] + RECORDS[3:]
    spool.delivered()
    spool.close()
    assert (spool.waiting, spool.bytes_held) == (0, 0)
    assert [path.name for path in (tmp_path / "s").iterdir()] == ["00000001.spool.damaged"]
    assert (tmp_path / "s" / "00000001.spool.damaged").read_bytes() == damaged
    assert len(caplog.records) == 1


@pytest.mark.parametrize("place", ["start", "end", "all"])
def test_damage_at_either_end_and_everywhere(tmp_path, place):
    (file,) = filled(tmp_path / "s")
    if place == "all":
        file.write_bytes(b"\xff" * file.stat().st_size)
    else:
        hurt(file, 20 if place == "start" else 8 * FRAMED + 20)
    spool = Spool(tmp_path / "s", ROOM)
    assert take_all(spool) == {"start": RECORDS[1:], "end": RECORDS[:-1], "all": []}[place]
    spool.delivered()
    assert spool.bytes_held == 0


def test_damage_since_the_queue_was_opened(tmp_path, caplog):
    (file,) = filled(tmp_path / "s")
    spool = Spool(tmp_path / "s", ROOM)
    assert spool.take(0) == RECORDS[0]
    hurt(file, 4 * FRAMED + 20)
    hurt(file, 6 * FRAMED + 20)
    assert take_all(spool) == [RECORDS[number] for number in (1, 2, 3, 5, 7, 8)]
    assert "216 bytes from byte 432, 648 on" in caplog.text
    assert len(caplog.records) == 1
    spool.delivered()
    assert (spool.waiting, spool.bytes_held) == (0, 0)


def test_file_that_was_cut_short_while_it_was_open(tmp_path, caplog):
    (file,) = filled(tmp_path / "s")
    spool = Spool(tmp_path / "s", ROOM)
    assert spool.take(0) == RECORDS[0]
    with file.open("rb+") as opened:
        opened.truncate(2 * FRAMED)
    assert take_all(spool) == RECORDS[1:2]
    assert f"{7 * FRAMED} bytes from byte {2 * FRAMED} on" in caplog.text
    spool.delivered()
    assert (spool.waiting, spool.bytes_held) == (0, 0)


def test_end_cut_off_by_a_kill_is_no_damage_then_or_later(tmp_path, caplog):
    caplog.set_level(logging.ERROR)
    (file,) = filled(tmp_path / "s")
    file.write_bytes(file.read_bytes()[:-2])
    again = Spool(tmp_path / "s", ROOM)
    again.append(b"next")
    again.close()
    assert take_all(Spool(tmp_path / "s", ROOM)) == [*RECORDS[:-1], b"next"]
    assert caplog.records == []


def test_cut_file_before_another_is_damage(tmp_path, caplog, monkeypatch):
    monkeypatch.setattr(queue_module, "SEGMENT_BYTES", 5 * FRAMED)
    first, _ = filled(tmp_path / "s")
    first.write_bytes(first.read_bytes()[:-2])
    assert take_all(Spool(tmp_path / "s", ROOM)) == RECORDS[:4] + RECORDS[5:]
    assert "00000001.spool is damaged: 106 bytes from byte 432 on" in caplog.text


def test_kept_files_keep_their_names_and_hold_no_session(tmp_path):
    for _ in range(2):
        hurt(filled(tmp_path / "spool" / "s")[-1], 20)
        spool = Spool(tmp_path / "spool" / "s", ROOM)
        take_all(spool)
        spool.delivered()
        spool.close()
    kept = sorted(path.name for path in (tmp_path / "spool" / "s").iterdir())
    assert kept == ["00000001.spool.damaged", "00000002.spool.damaged"]
    assert SpoolFolder(tmp_path / "spool", ROOM).sessions() == []
