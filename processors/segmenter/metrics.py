"""What the segmenter counts; names are listed in README.md."""

from prometheus_client import Counter, Gauge

FRAMES = Counter("segmenter_frames", "Frames taken", ["channel"])
AUDIO_SECONDS = Counter("segmenter_audio_seconds", "Audio in the frames taken", ["channel"])
INCIDENTS = Counter("segmenter_incidents", "Gaps, restarts, late and overlapping frames", ["kind"])
EVICTED = Counter("segmenter_evicted_streams", "Streams that stopped without a last frame")
DEAD_LETTERS = Counter("segmenter_dead_letters", "Records that are no frame of their topic")
WINDOWS = Counter("segmenter_windows", "Windows emitted", ["channel", "kind"])
VAD_SECONDS = Gauge("segmenter_vad_seconds", "Time spent in the VAD model since the start")
OPEN_UTTERANCES = Gauge("segmenter_open_utterances", "Streams within an utterance", ["channel"])
HELD_SECONDS = Gauge("segmenter_held_seconds", "Audio that a restart would read again, at most", ["channel"])
