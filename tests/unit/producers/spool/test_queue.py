"""The queue on disk: in order, once, bounded, and readable after a kill."""

import errno
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from producers.spool import Spool, SpoolFolder
from producers.spool import queue as spool_module
from runtime.errors import ConfigError, Unavailable

ROOM = 10**9


def take_all(spool: Spool) -> list[bytes]:
    records = []
    while (record := spool.take(0)) is not None:
        records.append(record)
    return records


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(
        st.one_of(
            st.binary(min_size=1, max_size=90).map(lambda record: ("append", record)),
            st.just(("take", b"")),
            st.just(("delivered", b"")),
            st.just(("reopen", b"")),
        ),
        max_size=60,
    )
)
def test_any_order_of_steps_keeps_order_and_loses_nothing(tmp_path_factory, steps):
    folder = tmp_path_factory.mktemp("spool")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module, "SEGMENT_BYTES", 200)
        spool = Spool(folder, ROOM)
        appended: list[bytes] = []
        taken = 0
        delivered = 0
        for step, record in steps:
            if step == "append":
                assert spool.append(record)
                appended.append(record)
            elif step == "take":
                got = spool.take(0)
                assert got == (appended[taken] if taken < len(appended) else None)
                taken += got is not None
            elif step == "delivered":
                spool.delivered()
                delivered = taken
            else:  # the process dies: what was not reported delivered comes again, file by file, in order
                spool = Spool(folder, ROOM)
                first = len(appended) - spool.waiting
                assert first <= delivered
                taken = first
            assert spool.waiting == len(appended) - taken
        assert take_all(spool) == appended[taken:]
        spool.delivered()
        assert spool.bytes_held == 0
        assert list(folder.iterdir()) == []


def test_record_cut_off_by_a_kill_is_dropped_and_the_rest_is_there(tmp_path):
    spool = Spool(tmp_path / "s", ROOM)
    for record in (b"one", b"two", b"three"):
        spool.append(record)
    (file,) = (tmp_path / "s").iterdir()
    file.write_bytes(file.read_bytes()[:-2])
    again = Spool(tmp_path / "s", ROOM)
    again.append(b"four")
    assert take_all(again) == [b"one", b"two", b"four"]


def test_bound(tmp_path):
    spool = Spool(tmp_path / "s", 100)
    assert spool.append(bytes(42))
    assert spool.share == 0.5
    assert spool.append(bytes(42))
    assert not spool.append(b"x")
    assert take_all(spool) == [bytes(42)] * 2
    spool.delivered()
    assert spool.append(bytes(42))


def test_empty_queue_leaves_no_folder_and_a_waiting_one_stays(tmp_path):
    empty, waiting = Spool(tmp_path / "a", ROOM), Spool(tmp_path / "b", ROOM)
    waiting.append(b"x")
    empty.close()
    waiting.close()
    assert [path.name for path in tmp_path.iterdir()] == ["b"]


def test_folder_belongs_to_one_process_and_counts_what_was_left(tmp_path):
    folder = SpoolFolder(tmp_path / "spool", 1000)
    left = folder.queue("old")
    left.append(bytes(492))
    left.close()
    assert folder.sessions() == ["old"]
    assert not folder.queue("new").append(bytes(500))
    assert folder.queue("new").append(bytes(400))
    with pytest.raises(ConfigError, match="another capture uses it"):
        SpoolFolder(tmp_path / "spool", 1000)
    folder.close()
    SpoolFolder(tmp_path / "spool", 1000).close()


def test_folder_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"spool folder .*file/x: Not a directory"):
        SpoolFolder(tmp_path / "file" / "x", 1000)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_full_disk_leaves_no_half_record_and_takes_the_next_when_there_is_room(tmp_path, monkeypatch, number):
    spool = Spool(tmp_path / "s", ROOM)
    spool.append(b"one")
    with monkeypatch.context() as patch:
        patch.setattr("producers.spool.queue.os.pwrite", failing(number))
        assert not spool.append(b"two")
    assert spool.append(b"three")
    assert take_all(spool) == [b"one", b"three"]


def test_full_disk_may_also_refuse_the_next_file(tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module, "SEGMENT_BYTES", 10)
    spool = Spool(tmp_path / "s", ROOM)
    spool.append(b"one long record")
    with monkeypatch.context() as patch:
        patch.setattr("producers.spool.queue.os.open", failing(errno.ENOSPC))
        assert not spool.append(b"two")
    assert spool.append(b"three")
    assert take_all(spool) == [b"one long record", b"three"]
    spool.delivered()
    spool.close()
    assert list(tmp_path.iterdir()) == []


def test_broken_disk_is_named(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "s", ROOM)
    spool.append(b"one")
    with monkeypatch.context() as patch:
        patch.setattr("producers.spool.queue.os.pwrite", failing(errno.EIO))
        with pytest.raises(Unavailable, match=r"spool .*/s: Input/output error: name another disk"):
            spool.append(b"two")
    assert take_all(spool) == [b"one"]


def test_share_is_of_what_the_disk_has_left_if_that_is_less(tmp_path, monkeypatch):
    spool = Spool(tmp_path / "s", ROOM)
    assert spool.append(bytes(92))
    monkeypatch.setattr("producers.spool.queue.os.statvfs", lambda path: SimpleNamespace(f_bavail=3, f_frsize=100))
    assert spool.share == 0.25
    monkeypatch.setattr("producers.spool.queue.os.statvfs", failing(errno.EIO))
    assert spool.share < 0.001


def test_what_is_not_ours_in_the_folder_is_left_alone(tmp_path):
    folder = SpoolFolder(tmp_path, 1000)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "notes.spool").write_text("mine")
    assert folder.sessions() == []
    queue = folder.queue("s")
    assert queue.append(b"one")
    assert take_all(queue) == [b"one"]
    queue.delivered()
    queue.close()
    assert (tmp_path / "s" / "notes.spool").exists()


def test_disk_that_takes_no_folder_is_named(tmp_path, monkeypatch):
    folder = SpoolFolder(tmp_path / "spool", 1000)
    monkeypatch.setattr(Path, "mkdir", failing(errno.ENOSPC))
    with pytest.raises(ConfigError, match=r"spool folder .*/spool: No space left on device; name one"):
        folder.queue("s")


def failing(number: int):
    def fail(*arguments: object, **options: object) -> int:
        raise OSError(number, os.strerror(number))

    return fail
