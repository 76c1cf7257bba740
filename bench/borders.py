"""Words lost or doubled where running speech is cut, against the same speech with true pauses.

    python -m demo.nonstop --minutes 10 --out DIR      (needs the dependency group `model`)
    python -m bench.borders DIR [--model PATH]

Both recordings go through the real broker, segmenter and transcriber. A word counts as lost or doubled at a border
if it lies within a second of a cut and comes out right where the same speech has pauses.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rapidfuzz.distance import Levenshtein
from rich.console import Console
from rich.table import Table

from bench.rig import Rig
from demo.scoring import normalise
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import Transcript

NEAR_S = 1.0
CHANNELS = {"nonstop": "C01", "paused": "C02"}
LIMIT = 0.005


@dataclass(frozen=True, slots=True)
class Heard:
    """How the true words came out: which were lost, and before which true word others were put in."""

    lost: frozenset[int]
    added: frozenset[int]
    changed: frozenset[int]
    words: int


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="models/demo")
    options = parser.parse_args()
    truth = {name: _truth(options.folder / f"{name}.json") for name in CHANNELS}
    with tempfile.TemporaryDirectory(prefix="earshot-borders-") as folder, Rig.below(Path(folder)) as rig:
        rig.publish("borders", [options.folder / f"{name}.wav" for name in CHANNELS], list(CHANNELS.values()))
        rig.segment()
        rig.transcribe(options.model)
        transcripts = rig.transcripts()
    heard = {
        name: _compare([word for word, _ in truth[name]], _words(transcripts, channel))
        for name, channel in CHANNELS.items()
    }
    cuts = [t.own_to / SAMPLE_RATE_HZ for t in transcripts if t.channel_id == "C01" and not t.utterance_end]
    _report(heard, cuts, [at_s for _, at_s in truth["nonstop"]])


def _truth(path: Path) -> list[tuple[str, float]]:
    """Each true word with the time of its middle, in seconds."""
    return [
        (normalise(word["word"]), (word["start_s"] + word["end_s"]) / 2)
        for sentence in json.loads(path.read_text(encoding="utf-8"))
        for word in sentence["words"]
        if normalise(word["word"])
    ]


def _words(transcripts: Sequence[Transcript], channel_id: str) -> list[str]:
    mine = sorted((t for t in transcripts if t.channel_id == channel_id), key=lambda t: t.own_from)
    return [part for t in mine for word in t.words for part in normalise(word.text).split()]


def _compare(said: Sequence[str], written: Sequence[str]) -> Heard:
    places: dict[str, set[int]] = {"delete": set(), "insert": set(), "replace": set()}
    for step in Levenshtein.editops(said, written):
        places[step.tag].add(step.src_pos)
    return Heard(
        frozenset(places["delete"]), frozenset(places["insert"]), frozenset(places["replace"]), words=len(said)
    )


def _report(heard: dict[str, Heard], cuts: Sequence[float], at_s: Sequence[float]) -> None:
    running, paused = heard["nonstop"], heard["paused"]
    near = {index for index, at in enumerate(at_s) if any(abs(at - cut) < NEAR_S for cut in cuts)}
    lost = (running.lost & near) - paused.lost - paused.changed
    doubled = (running.added & near) - paused.added
    table = Table("speech", "words", "lost", "added", "changed", "errors")
    for name, result in heard.items():
        errors = len(result.lost) + len(result.added) + len(result.changed)
        table.add_row(
            name,
            str(result.words),
            str(len(result.lost)),
            str(len(result.added)),
            str(len(result.changed)),
            f"{errors / result.words:.2%}",
        )
    console = Console()
    console.print(table)
    share = (len(lost) + len(doubled)) / running.words
    console.print(
        f"{len(cuts)} cuts; at them {len(lost)} words lost and {len(doubled)} doubled of {running.words}: "
        f"{share:.2%} (limit {LIMIT:.1%})"
    )
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    figures = {"words": running.words, "cuts": len(cuts), "lost": len(lost), "doubled": len(doubled)}
    (out / "borders.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
