from pathlib import Path

from local.log_file import LogFile, last_lines


def test_size_is_bounded_and_the_newest_lines_stay(tmp_path):
    path = tmp_path / "logs" / "one.log"
    log = LogFile(path, most_bytes=100)
    for number in range(50):
        log.write(b"line %02d\n" % number)
    log.close()
    older = path.with_name("one.log.1")
    assert path.stat().st_size <= 100
    assert older.stat().st_size <= 100
    kept = older.read_text().splitlines() + path.read_text().splitlines()
    assert kept == [f"line {number:02d}" for number in range(50 - len(kept), 50)]
    assert last_lines(path, 1) == "line 49"


def test_a_new_run_goes_on_in_the_same_file(tmp_path):
    for text in (b"one\n", b"two\n"):
        log = LogFile(tmp_path / "x.log")
        log.write(text)
        log.close()
    assert last_lines(tmp_path / "x.log", 5) == "one\ntwo"
    assert last_lines(tmp_path / "none.log", 5) == ""


def test_full_disk_costs_the_line_and_not_the_service() -> None:
    file = LogFile(Path("/dev/full"))
    file.write(b"lost\n")
    file.close()
