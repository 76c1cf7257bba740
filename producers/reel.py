"""One file on its way through the pacer: read by position, once or in a loop, split over channels."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from producers.files import SoundFile
from producers.mapping import MIXED, Pick, check_picks
from producers.mixing import Mixer, cancelled, one_of_them
from runtime.errors import AudioError


@dataclass(frozen=True, slots=True)
class Piece:
    """Samples of a file in its own rate, or, without samples, a gap."""

    samples: NDArray[Any]
    """Shape (channels, samples)."""
    missing: int


class Reel:
    """A file that is played `loops` times, at most `seconds` in all; what is wrong with it shows in `error`."""

    def __init__(self, path: Path, picks: tuple[Pick, ...], loops: int = 1, seconds: float | None = None) -> None:
        """Opens the file once to look. Raises AudioError if it cannot be read, ConfigError if `picks` do not fit."""
        self.path = path
        self.picks = picks
        self.error: AudioError | None = None
        """Why the file could not be read to its end; known once `has_ended`."""
        self.has_ended = False
        with SoundFile(path) as file:
            self.rate_hz = file.rate_hz
            self._mixer = Mixer(file.rate_hz)
            check_picks(str(path), picks, file.channels)
        self._left = None if seconds is None else round(seconds * self.rate_hz)
        self._loops = loops
        self._pieces = self._all_pieces()
        self._position = 0
        self._held: Piece | None = None
        self._is_told = False

    def read_until(self, seconds: float) -> Iterator[Piece]:
        """What lies between the last read and `seconds` from the start."""
        target = round(seconds * self.rate_hz)
        while self._position < target and not self.has_ended:
            piece = self._next()
            if piece is None:
                self.has_ended = True
                return
            piece = self._hold_back(piece, target - self._position)
            self._position += piece.missing or piece.samples.shape[1]
            yield piece

    def channels_of(self, piece: Piece) -> Iterator[tuple[str, NDArray[Any]]]:
        """The samples that each channel gets of a piece."""
        for pick in self.picks:
            if pick.number == MIXED:
                yield pick.channel_id, self._mixer.push(piece.samples)
            else:
                yield pick.channel_id, np.ascontiguousarray(piece.samples[max(0, pick.number - 1)])

    def cancelled_mix(self) -> str:
        """A line for the user if the channels cancel each other out in a mix, once; else empty."""
        if self.has_ended:
            self._mixer.finish()
        if self._is_told or not self._mixer.cancels:
            return ""
        self._is_told = True
        mixed = next(pick.channel_id for pick in self.picks if pick.number == MIXED)
        return cancelled(str(self.path), one_of_them(mixed))

    def _next(self) -> Piece | None:
        held, self._held = self._held, None
        return held if held is not None else next(self._pieces, None)

    def _hold_back(self, piece: Piece, room: int) -> Piece:
        """Cuts the piece to `room` samples and keeps the rest for the next read."""
        if piece.missing > room:
            self._held = Piece(piece.samples, piece.missing - room)
            return Piece(piece.samples, room)
        if piece.samples.shape[1] > room:
            self._held = Piece(piece.samples[:, room:], 0)
            return Piece(piece.samples[:, :room], 0)
        return piece

    def _all_pieces(self) -> Iterator[Piece]:
        for _ in range(self._loops):
            try:
                with SoundFile(self.path) as file:
                    for block in file.blocks():
                        if block.missing:
                            yield from self._limited(Piece(block.samples[:, :0], block.missing))
                        yield from self._limited(Piece(block.samples, 0))
                        if self._left == 0:
                            return
            except AudioError as error:
                self.error = self.error or error

    def _limited(self, piece: Piece) -> Iterator[Piece]:
        """The piece as far as `seconds` allows."""
        if self._left is not None:
            size = piece.missing or piece.samples.shape[1]
            kept = min(size, self._left)
            self._left -= kept
            piece = Piece(piece.samples[:, :kept], min(piece.missing, kept))
        if piece.missing or piece.samples.shape[1]:
            yield piece
