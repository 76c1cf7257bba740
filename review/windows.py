"""The final windows of a recording, by the segmenter's own code without its process."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from processors.segmenter.options import SegmenterOptions
from processors.segmenter.partition import PartitionStreams
from processors.segmenter.probabilities import SpeechModel
from review.recording import NO_OFFSET, Placed, last_frame_after
from schemas.events import AudioFrame, AudioSpan, SpeechWindow

NOWHERE = AudioSpan("", 0, NO_OFFSET, NO_OFFSET)


@dataclass(frozen=True, slots=True)
class Windowing:
    """A voice detector and its settings; good for many recordings, one after another."""

    vad: SpeechModel
    options: SegmenterOptions

    def windows(self, frames: Iterable[Placed], session_id: str) -> Iterator[SpeechWindow]:
        """The windows of all channels under this session's name, each stream ended at its last frame."""
        streams: dict[str, _Channel] = {}
        for placed in frames:
            frame = replace(placed.frame, session_id=session_id)
            channel = streams.get(frame.channel_id)
            if channel is None:
                channel = _Channel(PartitionStreams(placed.topic, placed.partition, self.vad, self.options), placed)
                streams[frame.channel_id] = channel
            yield from channel.take(frame, placed.offset)
        for channel in streams.values():
            yield from channel.end()


class _Channel:
    """One channel on its way through the segmenter."""

    def __init__(self, streams: PartitionStreams, first: Placed) -> None:
        self._streams = streams
        self._is_logged = first.offset != NO_OFFSET
        self._taken = 0
        self._newest: AudioFrame | None = None
        self._offset = NO_OFFSET

    def take(self, frame: AudioFrame, offset: int) -> list[SpeechWindow]:
        """The windows that this frame completes."""
        self._offset = offset if self._is_logged else self._taken
        self._taken += 1
        begins = self._newest is not None and self._newest.last
        self._newest = frame
        windows = self._streams.take(frame, self._offset, 0, interims=False, begins=begins).windows
        return windows if self._is_logged else [replace(window, audio=NOWHERE) for window in windows]

    def end(self) -> list[SpeechWindow]:
        """The windows that the end of the stream completes, if no frame has ended it."""
        if self._newest is None or self._newest.last:
            return []
        return self.take(last_frame_after(self._newest), self._offset + 1)
