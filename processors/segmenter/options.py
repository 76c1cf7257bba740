"""What the segmenter is told, in samples and chunks: settings turn into this at the door, and tests make it small."""

from dataclasses import dataclass, field

from schemas.audio import CHUNK_SAMPLES, FRAME_CHUNKS, MAX_WINDOW_SAMPLES
from schemas.events import Library

REACH = 640  # a place to cut is judged by the 40 ms on either side of it
EDGE_PLAY = 5  # the outer edge of context may lie a fifth of it nearer or farther, where it is quieter


@dataclass(frozen=True, slots=True)
class Grid:
    """How stream time is divided: blocks at whose start the VAD is reset, primed with the chunks before it.

    A probability depends on the audio from its block's primed start on and on nothing before, so that a restart can
    recompute it. Frames of evaluation are `FRAME_CHUNKS` long and never straddle a block.
    """

    block_chunks: int = 250 * FRAME_CHUNKS
    """24 s."""
    prime_chunks: int = 21 * FRAME_CHUNKS
    """2 s."""
    hinge_blocks: int = 10
    """Speech that has not ended is divided at each so many blocks (4 min), so that a restart need not read more."""

    def primed_chunk(self, chunk: int) -> int:
        """The first chunk that the VAD hears (not: decides on) for the block that holds `chunk`; may be negative."""
        return chunk // self.block_chunks * self.block_chunks - self.prime_chunks

    def first_full_block(self, sample: int) -> int:
        """The first chunk of the first block that is primed wholly by audio from `sample` on."""
        primed = -(-sample // CHUNK_SAMPLES)
        return -(-(primed + self.prime_chunks) // self.block_chunks) * self.block_chunks


@dataclass(frozen=True, slots=True)
class Hinges:
    """Where non-stop speech is divided: at each multiple of `every_chunks`."""

    every_chunks: int
    within_chunks: int
    """Speech must have been loud so many chunks or fewer before the hinge,"""
    reach_chunks: int
    """and not fewer than these, which hold the context of the window after it."""


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """Where speech starts and ends."""

    start: float = 0.5
    """Probability from which a chunk starts speech."""
    stop: float = 0.35
    """Probability below which silence is counted."""
    silence_chunks: int = 16
    """Chunks of silence that end an utterance."""


@dataclass(frozen=True, slots=True)
class WindowOptions:
    """How an utterance is cut into windows; all in samples but `min_speech_chunks`."""

    min_own: int = 80_000
    """Earliest cut, from the start of the own span."""
    max_own: int = 160_000
    """Longest own span."""
    context: int = 20_000
    """Context on either side of a cut; its outer edge moves up to a fifth to where it is quiet."""
    interim: int = 16_000
    """Speech between two interim windows; 0 for none."""
    pre_roll: int = 4_800
    """Audio owned before the first voiced chunk."""
    post_roll: int = 3_200
    """Audio owned after the last voiced chunk."""
    min_speech_chunks: int = 3
    """An utterance with fewer voiced chunks is dropped as a click."""

    @property
    def context_far(self) -> int:
        """Most context on one side: never beyond the longest window, nor into the window after the next."""
        room = (MAX_WINDOW_SAMPLES - self.max_own) // 2
        return min(self.context + self.context // EDGE_PLAY, self.max_own, room)

    @property
    def context_near(self) -> int:
        """Least context on one side."""
        return min(self.context - self.context // EDGE_PLAY, self.context_far)


@dataclass(frozen=True, slots=True)
class SegmenterOptions:
    """Everything that the windows depend on besides the audio."""

    grid: Grid = field(default_factory=Grid)
    endpoint: EndpointOptions = field(default_factory=EndpointOptions)
    window: WindowOptions = field(default_factory=WindowOptions)
    libraries: tuple[Library, ...] = ()
    """Versions of what hears speech, for the windows to name."""

    @property
    def hinges(self) -> Hinges:
        """Where non-stop speech is divided."""
        reach = -(-(self.window.context_far + REACH) // CHUNK_SAMPLES)
        # One more: the audio of a run may begin within its first chunk.
        return Hinges(self.grid.block_chunks * self.grid.hinge_blocks, self.grid.block_chunks, reach + 1)
