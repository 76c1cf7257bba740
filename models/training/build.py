"""The demo model from nothing: speak the corpus, train, export. What is already there is used; a stopped run goes on.

python -m models.training.build [--minutes 200] [--folder DIR] [--out models/demo]
"""

from __future__ import annotations

import argparse
from pathlib import Path

from models.training import corpus
from models.training.export import export
from models.training.run import RunFolder
from models.training.train import Options, train

SHARDS = 44
"""Thousands of utterances: 36 hours of sound, 4 GB."""


def build(options: Options, out: Path) -> None:
    """Generate what is missing, train until the end of the run, export."""
    folder = RunFolder(options.folder)
    corpus.generate(folder.corpus, SHARDS, options.processes)
    train(options)
    state = folder.saved()
    if state is None:
        raise RuntimeError(f"training left no checkpoint in {options.folder}")
    export(folder, state, "average", out)


def main() -> None:
    """Read the command line and build."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path.home() / ".cache/earshot/training")
    parser.add_argument("--minutes", type=float, default=200.0, help="wall time of the training run")
    parser.add_argument("--processes", type=int, default=2, help="one core each")
    parser.add_argument("--out", type=Path, default=Path("models/demo"))
    chosen = parser.parse_args()
    build(Options(chosen.folder, chosen.minutes, chosen.processes), chosen.out)


if __name__ == "__main__":
    main()
