import json

from bench.chaos.kill_log import KillLog, totals
from bench.chaos.plan import Blow, Kind


def test_entries_are_told_kept_and_counted(tmp_path):
    told = []
    log = KillLog(tmp_path / "kills.jsonl", told.append, iter((100.0, 103.5, 104.0, 105.0, 106.0)).__next__)
    log.note(Blow(3.0, "segmenter", Kind.KILL), "segmenter-2", 41)
    log.note(Blow(3.0, "segmenter", Kind.KILL), "segmenter", 40)
    log.note(Blow(3.0, "kafka", Kind.FREEZE, 2.5), "kafka", 42)
    log.note(Blow(3.0, "producer", Kind.KILL), "", 0, "producer was not there")
    assert totals(log.entries) == {"SIGSTOP": {"kafka": 1}, "kill -9": {"segmenter": 2}}
    lines = [json.loads(line) for line in (tmp_path / "kills.jsonl").read_text().splitlines()]
    assert [(line["at_s"], line["name"], line["pid"]) for line in lines] == [
        (3.5, "segmenter-2", 41),
        (4.0, "segmenter", 40),
        (5.0, "kafka", 42),
        (6.0, "", 0),
    ]
    assert "SIGSTOP kafka (42) for 2.5 s" in told[2]
    assert "no kill -9  producer was not there" in told[3]
