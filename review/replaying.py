"""A recording played again: through the shared stages, or through private ones with other settings."""

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from processors.glossary.terms_file import load_terms
from producers.pacing import Pacer
from producers.sessions import MAX_LENGTH, check_session_id
from producers.stream_ends import stream_ends
from review.fixture import is_fixture
from review.fixture_file import read_fixture
from review.overrides import changed, described, with_overrides
from review.pipeline import LocalPipeline, Made
from review.publishing import Brake, Naming, Republisher, Tell, push_segments
from review.recording import WHOLE, Cut, LoggedRecording, Placed, Recording, merged
from review.rows import Origin, Part, note_replay, read_hints, read_origin
from review.search import find_session
from review.stages import SINK, TO_ROWS, Stages
from runtime.errors import ConfigError, Interrupted, Unavailable
from runtime.glossary_feed import read_glossary
from runtime.kafka.admin import Admin
from runtime.settings import Settings
from schemas.audio import SAMPLE_RATE_HZ
from schemas.events import GlossaryTerm
from schemas.topics import CHANNELS
from sinks.clickhouse.store import Store

log = logging.getLogger(__name__)
LOOK_BACK_RECORDS = 1_000
NOTHING_KEPT = "told to stop: nothing of the replay was kept"


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What is played again, and how."""

    recording: Recording
    session_id: str
    """The name of the replay."""
    channels: tuple[str, ...]
    named: frozenset[str] = frozenset()
    """The channels that were asked for by name; empty where all were meant."""
    cut: Cut = WHOLE
    speed: float | None = None
    """Times real time; None as fast as the stages take it."""
    overrides: dict[str, str] = field(default_factory=dict)
    glossary: Path | None = None
    """Terms of a private run; None for those that the stages use now."""

    @property
    def is_private(self) -> bool:
        """Whether stages of its own are needed."""
        return bool(self.overrides) or self.glossary is not None

    @property
    def part(self) -> Part:
        """What of the recording is played."""
        return Part(self.named, self.cut.from_s, self.cut.to_s)


@dataclass(frozen=True, slots=True)
class Hooks:
    """What the caller is told, and how it stops a replay."""

    stop: threading.Event
    tell: Tell
    watch: Callable[[], None]
    """Called while waiting."""


def open_recording(settings: Settings, store: Store, name: str, channels: tuple[str, ...] = CHANNELS) -> Recording:
    """The session or the fixture of this name. Raises ConfigError where there is neither."""
    if is_fixture(name):
        return read_fixture(Path(name))
    try:
        hints = read_hints(store, check_session_id(name))
    except (Unavailable, ConfigError) as error:
        log.info("no rows to go by: %s", error)
        hints = {}
    return find_session(settings.kafka, name, {key: hint for key, hint in hints.items() if key in channels}, channels)


def default_name(session_id: str, now: datetime) -> str:
    """`<session>-rYYYYMMDDHHMMSS`, in UTC."""
    suffix = f"-r{now.astimezone(UTC):%Y%m%d%H%M%S}"
    return session_id[: MAX_LENGTH - len(suffix)] + suffix


def check_is_new(settings: Settings, store: Store, session_id: str) -> None:
    """Raises ConfigError if the name is taken, in the log or in the tables."""
    check_session_id(session_id)
    try:
        rows = bool(store.ask("SELECT 1 FROM segments WHERE session_id = {s:String} LIMIT 1", {"s": session_id}).rows)
    except (Unavailable, ConfigError):
        rows = False
    if rows or stream_ends(settings.kafka, session_id, CHANNELS, LOOK_BACK_RECORDS):
        half = "" if _is_whole(store, session_id) else ", half a replay that was cut off or is not finished yet"
        raise ConfigError(f"session {session_id} exists already{half}: choose another name (--as)")


def _is_whole(store: Store, session_id: str) -> bool:
    try:
        return read_origin(store, session_id).whole
    except (Unavailable, ConfigError):
        return True


def expected_frames(plan: ReplayPlan) -> int | None:
    """About how many frames will be played; None where nobody knows before."""
    if not isinstance(plan.recording, LoggedRecording) or plan.cut != WHOLE:
        return None
    return sum(len(span) for channel, span in plan.recording.spans if channel in plan.channels)


def replay_shared(settings: Settings, store: Store, plan: ReplayPlan, hooks: Hooks) -> None:
    """Plays through the shared stages, and returns when they are done with it. Live speech keeps its priority.

    In real time, capture times are shifted to now and the latencies are those of live speech; at any other speed they
    stay what they were, and the session is left out of the view `latency`. Raises Unavailable where a stage stands,
    Interrupted if told to stop.
    """
    live = plan.speed == 1
    origin = Origin(plan.recording.session_id, live, part=plan.part, whole=False)
    _note(store, plan, origin)
    stages = Stages(settings.kafka, watch=lambda: _go_on(plan, hooks))
    brake = None if live else Brake(stages, plan.channels, hooks.stop)
    republisher = Republisher(settings.kafka, Pacer(plan.speed, hooks.stop), brake)
    frames = merged(plan.recording, plan.channels, plan.cut)
    naming = Naming(plan.session_id, shift_to_now=live)
    ends = republisher.publish(frames, naming, hooks.tell)
    if not ends and hooks.stop.is_set():
        raise Interrupted(NOTHING_KEPT)
    if not ends:
        raise ConfigError(
            f"session {plan.recording.session_id}: nothing between {plan.cut.from_s:g} and {plan.cut.to_s:g} s"
        )
    stages.wait_for(ends, TO_ROWS)
    _note(store, plan, replace(origin, whole=True))


def _go_on(plan: ReplayPlan, hooks: Hooks) -> None:
    """Raises Interrupted where the replay was told to stop after something of it was published."""
    if hooks.stop.is_set():
        raise Interrupted(
            f"told to stop before the end: {plan.session_id} is half a replay. What was published goes on through the "
            "stages; run it again under another name (--as)"
        )
    hooks.watch()


def replay_private(settings: Settings, store: Store, plan: ReplayPlan, hooks: Hooks) -> Made:
    """Plays through a pipeline of its own, as fast as that goes, then hands the segments to the sinks and waits.

    Raises ConfigError for settings that do not fit, ModelError, DecodeFailed, Interrupted if told to stop.
    """
    own = with_overrides(settings, plan.overrides)
    terms = terms_of(settings, plan.glossary)
    pipeline = LocalPipeline(own, terms)
    made = pipeline.run(_told(merged(plan.recording, plan.channels, plan.cut), hooks), plan.session_id)
    overrides = {name: before for name, (before, _) in changed(settings, own).items()}
    of = plan.recording.session_id
    origin = Origin(of, live=False, settings=described(own), overrides=overrides, part=plan.part, whole=False)
    _note(store, plan, origin)
    wanted = [segment for segment in made.segments if segment.end_sample > plan.cut.from_s * SAMPLE_RATE_HZ]
    push_segments(settings.kafka, wanted)
    Stages(settings.kafka, watch=lambda: _go_on(plan, hooks)).wait_for({}, (SINK,))
    _note(store, plan, replace(origin, whole=True))
    return made


def _told(frames: Iterable[Placed], hooks: Hooks) -> Iterator[Placed]:
    for placed in frames:
        if hooks.stop.is_set():
            raise Interrupted(NOTHING_KEPT)
        hooks.watch()
        hooks.tell(placed)
        yield placed


def terms_of(settings: Settings, glossary: Path | None) -> Iterable[GlossaryTerm]:
    """The terms of a file, or those that the stages use now. Raises GlossaryError, Unavailable."""
    if glossary is not None:
        return load_terms(glossary)
    Admin(settings.kafka).ensure_topics()
    return read_glossary(settings.kafka).terms


def _note(store: Store, plan: ReplayPlan, origin: Origin) -> None:
    """Writes down where the replay came from, if there are tables to write it into."""
    try:
        note_replay(store, plan.session_id, origin)
    except Unavailable as error:
        log.warning("the origin of %s is not written down: %s", plan.session_id, error)
