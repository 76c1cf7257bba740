"""Packets of any size to frames of exactly 96 ms, counted in samples from the start of the stream."""

from schemas.audio import FRAME_BYTES, SAMPLE_BYTES, SAMPLE_RATE_HZ, captured_at_of
from schemas.events import AudioFrame


class Framer:
    """Cuts the PCM of one stream into frames of 1,536 samples; how the caller cut it into packets changes nothing.

    Only the frame before a gap and the last frame of the stream may be shorter.
    """

    def __init__(self, session_id: str, channel_id: str, captured_at_us: int, next_sample: int = 0) -> None:
        """A stream whose sample `next_sample` was captured at `captured_at_us` (UTC µs)."""
        self._session_id = session_id
        self._channel_id = channel_id
        self._anchor_us = captured_at_us
        self._anchor_sample = next_sample
        self._first_sample = next_sample
        self._held = bytearray()

    @property
    def next_sample(self) -> int:
        """Stream position of the next sample to be pushed."""
        return self._first_sample + len(self._held) // SAMPLE_BYTES

    @property
    def captured_at_us(self) -> int:
        """UTC µs at which `next_sample` is captured, by sample arithmetic."""
        return captured_at_of(self.next_sample, self._anchor_sample, self._anchor_us)

    def push(self, pcm: bytes) -> list[AudioFrame]:
        """Frames that these s16le mono samples complete. Raises ValueError for half a sample."""
        if len(pcm) % SAMPLE_BYTES:
            raise ValueError(f"{len(pcm)} bytes are no whole number of {SAMPLE_BYTES}-byte samples")
        self._held += pcm
        whole = len(self._held) // FRAME_BYTES
        return [self._cut(FRAME_BYTES) for _ in range(whole)]

    def skip(self, samples: int, captured_at_us: int | None = None) -> list[AudioFrame]:
        """Marks a gap of `samples` by leaving their numbers out; what was held before it comes out as a short frame.

        A stream that begins with a gap begins with a frame of silence all the same: whoever reads it takes a stream
        without its sample 0 for one that was entered in its middle. `captured_at_us` is the time of the first sample
        after the gap, where the caller knows better than counting.
        """
        if samples < 0:
            raise ValueError(f"a gap of {samples} samples would go back in the stream")
        end = self.next_sample + samples
        if not self.next_sample:
            self._held += bytes(min(samples * SAMPLE_BYTES, FRAME_BYTES))
        frames = [self._cut(len(self._held))] if self._held else []
        self._first_sample = end
        if captured_at_us is not None:
            self._anchor_sample, self._anchor_us = self._first_sample, captured_at_us
        return frames

    def close(self) -> AudioFrame:
        """The frame that ends the stream: what was held (it may be nothing), marked `last`."""
        return self._cut(len(self._held), last=True)

    def _cut(self, size: int, last: bool = False) -> AudioFrame:
        pcm = bytes(self._held[:size])
        del self._held[:size]
        first_sample = self._first_sample
        self._first_sample += size // SAMPLE_BYTES
        return AudioFrame(
            session_id=self._session_id,
            channel_id=self._channel_id,
            first_sample=first_sample,
            sample_rate=SAMPLE_RATE_HZ,
            captured_at=captured_at_of(first_sample, self._anchor_sample, self._anchor_us),
            pcm=pcm,
            last=last,
        )
