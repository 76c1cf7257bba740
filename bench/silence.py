"""Words on sound in which nobody speaks.

    python -m demo.negatives --minutes 10 --out DIR    (needs the dependency group `model`)
    python -m bench.silence DIR [--model PATH]

Every file of the folder is a channel through the real broker, segmenter and transcriber; each word is one too many.
"""

import argparse
import json
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rig import Rig
from schemas.audio import SAMPLE_RATE_HZ
from schemas.topics import CHANNELS


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", default="models/demo")
    options = parser.parse_args()
    files = sorted(options.folder.glob("*.wav"))[: len(CHANNELS)]
    channels = dict(zip(CHANNELS, files, strict=False))
    with tempfile.TemporaryDirectory(prefix="earshot-silence-") as folder, Rig.below(Path(folder)) as rig:
        rig.publish("silence", files, list(channels))
        rig.segment()
        rig.transcribe(options.model)
        transcripts = rig.transcripts()
    table = Table("sound", "windows", "given to Whisper", "words", "text")
    figures = {}
    for channel, path in channels.items():
        mine = [t for t in transcripts if t.channel_id == channel]
        words = sum(len(t.words) for t in mine)
        span_s = sum(t.own_to - t.own_from for t in mine) / SAMPLE_RATE_HZ
        text = " | ".join(t.text for t in mine if t.text)
        table.add_row(path.stem, str(len(mine)), f"{span_s:.1f} s", str(words), text)
        figures[path.stem] = {"windows": len(mine), "words": words}
    console = Console()
    console.print(table)
    console.print(f"{sum(row['words'] for row in figures.values())} words in all")
    out = Path("bench/out")
    out.mkdir(parents=True, exist_ok=True)
    (out / "silence.json").write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
