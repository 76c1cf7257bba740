"""Non-stop human speech: words lost or doubled where it is cut into windows.

    python -m bench.human.seams [--model base] [--minutes 20] [--clips DIR]

English clips over and over without a pause. A word counts against a cut where it lies within a second of one and came
out otherwise than in a decoding of the clip by itself.
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.human.clips import FOLDER, read_clips
from bench.human.counting import Count, count
from bench.human.hearing import Bare, Ours
from bench.human.joining import non_stop
from models.real.weights import BASE, folder_of

SEED = 5


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--clips", type=Path, default=FOLDER)
    options = parser.parse_args()
    clips = [clip for clip in read_clips(options.clips) if clip.language == "en" and clip.text]
    model = folder_of(BASE)
    ours, bare = Ours(model, ("en",)), Bare(model)
    alone = sum((count(clip.text, ours.hear(clip.pcm).text) for clip in clips), count("", ""))
    recording = non_stop(clips, options.minutes, SEED)
    table = Table("how", "words", "lost", "put in", "changed", "marked", "CPU time")
    table.add_row("each clip alone", *_cells(alone, 0.0, 0.0))
    for name, hearer in (("earshot, non-stop", ours), ("faster-whisper, non-stop", bare)):
        told = hearer.hear(recording.pcm)
        table.add_row(name, *_cells(count(recording.text, told.text), told.uncovered_s, told.cpu_s))
    Console().print(table)


def _cells(counted: Count, marked_s: float, cpu_s: float) -> list[str]:
    def share(number: int) -> str:
        return f"{number} ({number / counted.said:.2%})"

    return [
        str(counted.said),
        share(counted.lost),
        share(counted.added),
        share(counted.changed),
        f"{marked_s:.1f} s",
        f"{cpu_s:.0f} s",
    ]


if __name__ == "__main__":
    main()
