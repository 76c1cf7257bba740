"""A folder of fixtures as a regression test: each is run, and its text is held to what is expected of it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from unicodedata import normalize

from processors.glossary.terms_file import load_terms
from review.comparison import joined
from review.errors_counted import Errors, count_errors
from review.fixture import FILE, Fixture, Limits
from review.fixture_file import read_fixture
from review.overrides import with_overrides
from review.pipeline import LocalPipeline, Made
from review.recording import Placed, merged
from runtime.errors import AudioError, ConfigError
from runtime.settings import Settings
from schemas.events import GlossaryTerm

GLOSSARY = "glossary.yaml"

Watch = Callable[[Placed], None]


@dataclass(frozen=True, slots=True)
class Case:
    """One channel of one fixture, after its run."""

    fixture: str
    channel_id: str
    expected: str
    heard: str
    errors: Errors
    limits: Limits
    seconds: float
    """Its share of the run's time."""
    fault: str = ""
    """Why it could not be run; then nothing was heard."""

    @property
    def failure(self) -> str:
        """Why it does not pass, or an empty string."""
        if self.fault:
            return self.fault
        if self.errors.cer > self.limits.max_cer:
            return f"CER {self.errors.cer:.2%} is above {self.limits.max_cer:.2%}"
        if self.limits.max_wer is not None and self.errors.wer > self.limits.max_wer:
            return f"WER {self.errors.wer:.2%} is above {self.limits.max_wer:.2%}"
        return ""


def fixtures_in(folder: Path) -> list[Fixture]:
    """Every fixture in a folder and below it, by path.

    Raises ConfigError where there is none, where one of them is wrong, and where none says what should be heard.
    """
    found = [read_fixture(path.parent) for path in sorted(folder.rglob(FILE))]
    if not found:
        raise ConfigError(f"{folder}: no fixture in it (a folder with a {FILE}; `earshot export --audio` makes one)")
    if not any(expecting(fixture) for fixture in found):
        raise ConfigError(
            f"{folder}: nothing to test: no channel of its {len(found)} fixture(s) has an `expect`, the file with its "
            "true text (`earshot export --audio` writes one; an empty file expects silence)"
        )
    return found


def expecting(fixture: Fixture) -> list[str]:
    """The channels whose true text is known, in order."""
    return [channel for channel in fixture.channels if fixture.streams[channel].expect is not None]


class Suite:
    """Runs fixtures; models are loaded once for all that share their settings and terms."""

    def __init__(self, settings: Settings, root: Path, watch: Watch = lambda placed: None) -> None:
        """A `glossary.yaml` in a fixture, or else in `root`, is its glossary; without either there is none."""
        self._settings = settings
        self._root = root
        self._watch = watch
        self._pipelines: dict[tuple[object, ...], LocalPipeline] = {}

    def run(self, fixture: Fixture) -> list[Case]:
        """The cases of one fixture: every channel whose text is known. Raises ConfigError, ModelError.

        Sound that cannot be read to its end is a fault of the fixture's cases alone: the others can still be run.
        """
        if not expecting(fixture):
            return []
        pipeline = self._pipeline(fixture)
        started = time.monotonic()
        fault = ""
        try:
            made = pipeline.run(self._watched(merged(fixture, fixture.channels)), fixture.session_id)
        except AudioError as error:
            made, fault = Made(), str(error)
        seconds = time.monotonic() - started
        known = expecting(fixture)
        cases = [self._case(fixture, channel, made, seconds / len(known)) for channel in known]
        return [replace(case, fault=fault) for case in cases]

    def untested(self, fixture: Fixture) -> list[tuple[str, str]]:
        """The channels that nothing is expected of, each with the fixture's name."""
        return [(self.name_of(fixture), channel) for channel in fixture.channels if channel not in expecting(fixture)]

    def name_of(self, fixture: Fixture) -> str:
        """The fixture's folder, seen from the suite's, composed (NFC); its session where that is the same."""
        name = normalize("NFC", fixture.folder.relative_to(self._root).as_posix())
        return fixture.session_id if name == "." else name

    def _case(self, fixture: Fixture, channel: str, made: Made, seconds: float) -> Case:
        expected = joined([fixture.streams[channel].expect or ""])
        heard = heard_on(made, channel)
        errors = count_errors([(expected, heard)], loose=fixture.limits.loose)
        return Case(self.name_of(fixture), channel, expected, heard, errors, fixture.limits, seconds)

    def _pipeline(self, fixture: Fixture) -> LocalPipeline:
        terms = self._terms(fixture)
        key = (tuple(sorted(fixture.settings.items())), tuple(terms))
        if key not in self._pipelines:
            self._pipelines[key] = LocalPipeline(self._settings_of(fixture), terms)
        return self._pipelines[key]

    def _settings_of(self, fixture: Fixture) -> Settings:
        try:
            return with_overrides(self._settings, fixture.settings)
        except ConfigError as error:
            raise ConfigError(f"{fixture.folder / FILE}: settings: {error}") from error

    def _terms(self, fixture: Fixture) -> list[GlossaryTerm]:
        for folder in (fixture.folder, self._root):
            if (folder / GLOSSARY).exists():
                return load_terms(folder / GLOSSARY)
        return []

    def _watched(self, frames: Iterator[Placed]) -> Iterator[Placed]:
        for placed in frames:
            self._watch(placed)
            yield placed


def heard_on(made: Made, channel_id: str) -> str:
    """What was heard on one channel, in the order of the stream."""
    said = sorted(
        (segment for segment in made.segments if segment.channel_id == channel_id),
        key=lambda segment: segment.start_sample,
    )
    return joined(segment.text for segment in said)
