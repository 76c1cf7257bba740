"""What the segmenter counts; names are listed in README.md."""

from functools import cache

from prometheus_client import Counter, Gauge

FRAMES = Counter("earshot_segmenter_frames", "Frames taken", ["channel"])
AUDIO_SECONDS = Counter("earshot_segmenter_audio_seconds", "Audio in the frames taken", ["channel"])
INCIDENTS = Counter("earshot_segmenter_incidents", "Gaps, restarts, late and overlapping frames", ["kind"])
GONE_SECONDS = Counter(
    "earshot_segmenter_gone_seconds",
    "Starts of streams that the log had lost, heard before or not",
    ["channel"],
)
EVICTED = Counter("earshot_segmenter_evicted_streams", "Streams that stopped without a last frame")
WINDOWS = Counter("earshot_segmenter_windows", "Windows emitted", ["channel", "kind"])
VAD_SECONDS = Gauge("earshot_segmenter_vad_seconds", "Time spent in the VAD model since the start")
OPEN_UTTERANCES = Gauge("earshot_segmenter_open_utterances", "Streams within an utterance", ["channel"])
HELD_SECONDS = Gauge(
    "earshot_segmenter_held_seconds", "Audio of one stream that a restart would read again, at most", ["channel"]
)


class ChannelMeters:
    """What is counted of one channel with every frame: looking a label up costs more than counting."""

    def __init__(self, channel: str) -> None:
        self.frames = FRAMES.labels(channel)
        self.audio_seconds = AUDIO_SECONDS.labels(channel)
        self.open_utterances = OPEN_UTTERANCES.labels(channel)
        self.held_seconds = HELD_SECONDS.labels(channel)


@cache
def meters_of(channel: str) -> ChannelMeters:
    """The meters of a channel."""
    return ChannelMeters(channel)
