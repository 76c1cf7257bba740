"""The figures of one played session: text against the true script, and time from the end of speech to the row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import httpx
from prometheus_client.parser import text_string_to_metric_families

from demo.live.account import Ledger
from demo.scoring import CharacterErrors, score, total
from local.service import ServiceStatus
from schemas.events import Segment
from sinks.clickhouse.store import Store

SEARCH_MIN_CHARS = 4
METRICS_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the true script."""

    channel_id: str
    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """One channel against its script."""

    channel_id: str
    segments: int
    truth_chars: int
    errors: CharacterErrors | None
    """None where the script has no words."""
    characters: int
    """Characters of text that came out."""
    is_cut_off: bool = False
    """Whether a line was still being spoken when the playing ended: it may give text and need not."""

    @property
    def failed(self) -> bool:
        """A speaking channel without text, or text on one that does not speak."""
        if self.truth_chars:
            return self.characters == 0
        return self.characters > 0 and not self.is_cut_off


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds at the median and the 95th percentile."""

    step: str
    p50_ms: float
    p95_ms: float


def results_of(
    ledger: Ledger, script: Sequence[Line], channel_ids: Sequence[str], until_s: float
) -> list[ChannelResult]:
    """Each channel's text against the lines that end before `until_s`."""
    spoken: dict[str, list[Segment]] = {channel: [] for channel in channel_ids}
    for segment in ledger.segments.values():
        spoken[segment.channel_id].append(segment)
    results = []
    for channel, segments in spoken.items():
        heard = " ".join(segment.text for segment in sorted(segments, key=lambda item: item.start_sample))
        own = [line for line in script if line.channel_id == channel]
        lines = [line for line in own if line.end_s <= until_s]
        is_cut_off = any(line.start_s < until_s < line.end_s for line in own)
        truth = " ".join(line.text for line in sorted(lines, key=lambda line: line.start_s))
        errors = score(truth, heard) if truth else None
        results.append(ChannelResult(channel, len(segments), len(truth), errors, len(heard), is_cut_off))
    return results


def total_of(results: Sequence[ChannelResult]) -> CharacterErrors:
    """All speaking channels together."""
    return total(result.errors for result in results if result.errors is not None)


def latency_of(store: Store, session_id: str) -> list[Latency]:
    """Each step from the end of an utterance to its last row, and the whole.

    Within speech that goes on, a window's place is chosen afterwards, at the quietest point of the last five seconds:
    its age is no delay.
    """
    steps: Mapping[str, str] = {
        "silence confirmed, window cut": "window_ms",
        "transcribed": "transcribe_ms",
        "corrected": "correct_ms",
        "row in ClickHouse": "insert_ms",
        "end of speech → row": "total_ms",
    }
    columns = ", ".join(f"quantilesExact(0.5, 0.95)({column})" for column in steps.values())
    answer = store.ask(
        f"SELECT {columns} FROM latency WHERE session_id = {{session:String}} AND segment_id IN "  # noqa: S608 - ours
        "(SELECT segment_id FROM transcript WHERE session_id = {session:String} AND utterance_end)",
        {"session": session_id},
    )
    return [Latency(step, *map(float, values)) for step, values in zip(steps, answer.rows[0], strict=True)]


def word_to_search(ledger: Ledger) -> str:
    """A word that was said, to show a search with: the longest, so that it is a telling one."""
    words = {word.text.strip(" .,?!") for segment in ledger.segments.values() for word in segment.words}
    return max((word for word in words if len(word) >= SEARCH_MIN_CHARS), key=len, default="")


def real_time_factor(services: Sequence[ServiceStatus]) -> float | None:
    """Seconds in the model for each second of sound that it was given, finals only; None if none tells."""
    busy_s = audio_s = 0.0
    for service in services:
        if service.name.startswith("transcriber") and service.ops_port:
            url = f"http://127.0.0.1:{service.ops_port}/metrics"
            text = httpx.get(url, timeout=METRICS_TIMEOUT_S, trust_env=False).text  # no proxy leads there
            values = final_values(text)
            busy_s += values.get("earshot_transcriber_decode_seconds_total", 0.0)
            audio_s += values.get("earshot_transcriber_audio_seconds_total", 0.0)
    return busy_s / audio_s if audio_s else None


def final_values(metrics: str) -> dict[str, float]:
    """The values of the finals' lane in a page of Prometheus metrics."""
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(metrics)
        for sample in family.samples
        if sample.labels.get("lane") == "final"
    }
