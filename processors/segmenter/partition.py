"""One partition of one channel's topic: its records in offset order go to their streams."""

from collections import OrderedDict, deque
from dataclasses import dataclass, replace

from processors.segmenter.offsets import HeldOffset
from processors.segmenter.options import SegmenterOptions
from processors.segmenter.probabilities import SpeechModel
from processors.segmenter.stream import Identity, Incident, Start, Stream
from processors.segmenter.timeline import Record
from schemas.audio import MICROSECONDS
from schemas.events import AudioFrame, SpeechWindow

IDLE_US = 60 * MICROSECONDS


@dataclass(frozen=True, slots=True)
class Taken:
    """What one record led to."""

    windows: list[SpeechWindow]
    incident: Incident | None = None
    evicted: int = 0
    """Streams that had stopped without a last frame."""


class _Entry:
    """A stream and the records by which it shows that time goes by."""

    def __init__(self, stream: Stream, *, is_cut: bool) -> None:
        self.stream = stream
        self.is_cut = is_cut
        """Whether its beginning is gone from the log."""
        self.seen_offset = -1
        self._clock: deque[tuple[int, int]] = deque()

    def idle_since(self, timestamp_us: int, offset: int) -> int:
        """The offset of this stream's latest record that is `IDLE_US` or more older than the one given; else -1."""
        self._clock.append((timestamp_us, offset))
        limit = timestamp_us - IDLE_US
        while len(self._clock) > 1 and self._clock[1][0] <= limit:
            self._clock.popleft()
        return self._clock[0][1] if self._clock[0][0] <= limit else -1


class PartitionStreams:
    """Feeds each stream, ends those that have gone silent for good, and knows what a restart must read again.

    A stream that stops without its last frame is ended once another stream of the partition shows two records after
    its last one that are 60 s apart by their Kafka timestamps: a function of the log after that last record only, and
    untouched by clocks that differ between producers.
    """

    def __init__(self, topic: str, partition: int, model: SpeechModel, options: SegmenterOptions) -> None:
        self._topic = topic
        self._partition = partition
        self._model = model
        self._options = options
        self._entries: OrderedDict[str, _Entry] = OrderedDict()
        self._held = HeldOffset()
        self.log_start: int | None = None
        """The offset of the first record taken, if that is the first of the log."""

    @property
    def open_utterances(self) -> int:
        """Streams within an utterance."""
        return sum(entry.stream.speaking for entry in self._entries.values())

    @property
    def held_samples(self) -> int:
        """Samples of the stream that holds most."""
        return max((entry.stream.held_samples for entry in self._entries.values()), default=0)

    def take(
        self, frame: AudioFrame, offset: int, timestamp_us: int, *, interims: bool = True, begins: bool = False
    ) -> Taken:
        """Takes the record at `offset`: an accepted frame of this topic's channel.

        `begins`: its producer says that it goes on with a stream after an end.
        """
        known = self._entries.get(frame.session_id)
        entry = self._enter(frame, offset, begins=begins) if known is None else known
        before = entry.stream.last_offset
        fed = entry.stream.feed(frame, offset, interims=interims)
        if fed.incident in (Incident.LATE, Incident.OVERLAP) or (begins and known is not None):
            self._held.bar(before, offset)
        incident = Incident.GONE if known is None and entry.is_cut else fed.incident
        entry.seen_offset = offset
        self._entries.move_to_end(frame.session_id)
        windows, evicted = self._evict(entry.idle_since(timestamp_us, offset))
        if fed.ended:
            del self._entries[frame.session_id]
        return Taken(fed.windows + windows, incident, evicted)

    def needed_offset(self, next_offset: int) -> int:
        """The first offset that a restart must read, given that every record before `next_offset` was taken."""
        return self._held.update((entry.stream.held.offset for entry in self._entries.values()), next_offset)

    def _enter(self, frame: AudioFrame, offset: int, *, begins: bool) -> _Entry:
        identity = Identity(frame.session_id, frame.channel_id, self._topic, self._partition)
        first = Record(frame.first_sample, frame.captured_at, offset)
        start = Start(first, begins or not frame.first_sample, first)
        is_cut = not start.is_whole and self.log_start is not None and self._held.value <= self.log_start
        if is_cut and self.log_start is not None:
            # a restart sees that the rest is gone only if it begins where the log does
            start = Start(first, is_whole=True, held=replace(first, offset=self.log_start))
        entry = _Entry(Stream(identity, self._model, self._options, start), is_cut=is_cut)
        self._entries[frame.session_id] = entry
        return entry

    def _evict(self, idle_since: int) -> tuple[list[SpeechWindow], int]:
        windows: list[SpeechWindow] = []
        evicted = 0
        while self._entries:
            name, oldest = next(iter(self._entries.items()))
            if oldest.seen_offset >= idle_since:
                break
            windows += oldest.stream.end()
            del self._entries[name]
            evicted += 1
        return windows, evicted
