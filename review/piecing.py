"""Frames of a stream laid out as one file: gaps become silence, and every run remembers where it belongs."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from review.fixture import FixturePiece
from schemas.audio import SAMPLE_BYTES, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame

MAX_SILENCE_S = 3600
"""A longer gap is left out of the file; `pieces` still say where its samples belong."""
DRIFT_US = 1_000
RESTART_AFTER_US = 100_000
"""As in windowing: samples that come again this much later by the clock are new ones."""


class Layout:
    """Collects the pieces while the sound goes by."""

    def __init__(self) -> None:
        self.pieces: list[FixturePiece] = []
        self._written = 0

    def lay(self, frames: Iterable[AudioFrame]) -> Iterator[bytes]:
        """The sound of the file, block by block. Late and repeated samples are left out, as windowing does."""
        for frame in frames:
            last = self.pieces[-1] if self.pieces else None
            expected = last.first_sample + last.samples if last else frame.first_sample
            if not frame.pcm or (last and self._is_old(frame, expected)):
                continue
            skip = max(0, expected - frame.first_sample) if last and not self._is_restart(frame, last) else 0
            pcm = frame.pcm[skip * SAMPLE_BYTES :]
            first = frame.first_sample + skip
            captured_at = captured_at_of(first, frame.first_sample, frame.captured_at)
            if last is None or first != expected or self._jumps(captured_at, first, last):
                yield self._silence(first - expected if last else 0)
                self.pieces.append(FixturePiece(self._written, 0, first, captured_at))
            yield pcm
            samples = len(pcm) // SAMPLE_BYTES
            self.pieces[-1] = replace(self.pieces[-1], samples=self.pieces[-1].samples + samples)
            self._written += samples

    def _is_old(self, frame: AudioFrame, expected: int) -> bool:
        end = frame.first_sample + len(frame.pcm) // SAMPLE_BYTES
        return end <= expected and not self._is_restart(frame, self.pieces[-1])

    def _is_restart(self, frame: AudioFrame, last: FixturePiece) -> bool:
        """A stream that counts from an earlier sample again, with sound captured after all that came before."""
        end_us = captured_at_of(last.first_sample + last.samples, last.first_sample, last.captured_at)
        goes_back = frame.first_sample < last.first_sample + last.samples
        return goes_back and frame.captured_at > end_us + RESTART_AFTER_US

    def _jumps(self, captured_at: int, first: int, last: FixturePiece) -> bool:
        return abs(captured_at - captured_at_of(first, last.first_sample, last.captured_at)) > DRIFT_US

    def _silence(self, samples: int) -> bytes:
        filled = samples if 0 < samples <= MAX_SILENCE_S * SAMPLE_RATE_HZ else 0
        self._written += filled
        return b"\0" * (filled * SAMPLE_BYTES)
