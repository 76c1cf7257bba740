"""Training sound on disk: shards of utterances, each with its text, words and phones."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from demo.recording import Recording, random_delivery, record
from demo.speech import Speaker
from models.training import grammar, voices

UTTERANCES_PER_SHARD = 1_000
_LONGEST_S = 14.0


@dataclass(frozen=True, slots=True)
class Utterance:
    """One utterance of a shard; times in samples at 16 kHz from its start."""

    language: str
    text: str
    offset: int
    """Where its sound starts in the shard, in samples."""
    samples: int
    words: NDArray[np.int32]
    """[words, 2]: start and end."""
    phone_starts: NDArray[np.int32]
    phones: list[str]


@dataclass(frozen=True, slots=True)
class Shard:
    """Some utterances and their sound."""

    utterances: list[Utterance]
    pcm: NDArray[np.int16]

    def sound(self, utterance: Utterance) -> NDArray[np.int16]:
        """The samples of one utterance."""
        return self.pcm[utterance.offset : utterance.offset + utterance.samples]


def generate(folder: Path, shards: int, processes: int) -> None:
    """Speak shards 0 … shards-1 into `folder`; those already there are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    voices.prepare_data(folder / "espeak-ng-data")
    missing = [(folder, n) for n in range(shards) if not _index(folder, n).exists()]
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for number in pool.imap(_generate_shard, missing):
            print(f"shard {number} done", flush=True)


def available(folder: Path) -> list[int]:
    """Numbers of the finished shards, ascending."""
    return sorted(int(path.stem) for path in folder.glob("*.json") if path.stem.isdigit())


def load(folder: Path, number: int) -> Shard:
    """Open a shard; its sound stays on disk until it is read."""
    rows = json.loads(_index(folder, number).read_text(encoding="utf-8"))
    pcm = np.memmap(_sound(folder, number), np.int16, "r")
    return Shard([_utterance(row) for row in rows], pcm)


def _utterance(row: dict[str, object]) -> Utterance:
    phones: list[tuple[int, str]] = row["phones"]  # type: ignore[assignment]
    return Utterance(
        str(row["language"]),
        str(row["text"]),
        int(row["offset"]),  # type: ignore[call-overload]
        int(row["samples"]),  # type: ignore[call-overload]
        np.array(row["words"], np.int32),
        np.array([start for start, _ in phones], np.int32),
        [label for _, label in phones],
    )


def _generate_shard(task: tuple[Path, int]) -> int:
    """Speak one shard; it appears under its name only when whole."""
    folder, number = task
    data = folder / "espeak-ng-data"
    speaker, rng = Speaker(data), random.Random(1_000 + number)
    rows, offset = [], 0
    unfinished = _sound(folder, number).with_suffix(f".{os.getpid()}.part")
    with unfinished.open("wb") as sound:
        while len(rows) < UTTERANCES_PER_SHARD:
            recording = _random_recording(speaker, data, rng)
            if recording is None:
                continue
            sound.write(recording.pcm.tobytes())
            rows.append(_row(recording, offset))
            offset += len(recording.pcm)
    unfinished.rename(_sound(folder, number))
    text = json.dumps(rows, ensure_ascii=False)
    unfinished.write_text(text, encoding="utf-8")
    unfinished.rename(_index(folder, number))
    return number


def _random_recording(speaker: Speaker, data: Path, rng: random.Random) -> Recording | None:
    """A random utterance, or none where the draw is kept for evaluation or too long."""
    language = rng.choice(grammar.LANGUAGES)
    text = grammar.sentence(language, rng)
    if grammar.held_out(text):
        return None
    delivery = random_delivery(voices.random_voice(language, data, rng), rng)
    recording = record(speaker, language, text, delivery)
    return recording if len(recording.pcm) < _LONGEST_S * 16_000 else None


def _row(recording: Recording, offset: int) -> dict[str, object]:
    return {
        "language": recording.language,
        "text": recording.text,
        "offset": offset,
        "samples": len(recording.pcm),
        "words": recording.words,
        "phones": recording.phones,
    }


def _index(folder: Path, number: int) -> Path:
    return folder / f"{number:03d}.json"


def _sound(folder: Path, number: int) -> Path:
    return folder / f"{number:03d}.pcm"
