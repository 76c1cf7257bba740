"""A storm on every topic that a stage reads, one after the other, on one stack that must live through all of them."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.fuzz.calm import TERM, Calm, aim_at, good_of, place_of
from bench.fuzz.storm import Aim, Arrived, Good, Outcome, Storm, awaited
from local.stack import Stack
from review.spans import Span, read_spans, whole
from runtime.kafka import Writer, WriterOptions
from runtime.settings import KafkaSettings, child_environment
from schemas.codec import decode, encode
from schemas.events import GlossaryTerm, Segment, Transcript
from schemas.topics import (
    AUDIO,
    DEAD_LETTERS,
    GLOSSARY,
    SEGMENTS,
    SEGMENTS_INTERIM,
    TRANSCRIPTS,
    TRANSCRIPTS_INTERIM,
    WINDOWS,
    WINDOWS_INTERIM,
    stream_key,
)
from sinks.clickhouse.store import Store

ODD_SESSION = "'; DROP TABLE segments; -- %s {0} $(reboot) \N{HANGUL SYLLABLE GAG}"
"""Ugly and harmless: it must come through as it is."""
TERMS = 40
SHOWN_LETTERS = 4
ECHO_EVENTS: dict[str, Any] = {TRANSCRIPTS_INTERIM.name: Transcript, SEGMENTS_INTERIM.name: Segment}


@dataclass(frozen=True, slots=True)
class Campaign:
    """How many bad messages go to each topic, on which stack, out of which seed."""

    stack: Stack
    calm: Calm
    seed: int
    messages: int

    @property
    def _kafka(self) -> KafkaSettings:
        return self.stack.settings.kafka

    def storms(self) -> Iterator[Outcome]:
        """One outcome for each storm. Processes that died meanwhile are told by `Pulse`."""
        yield self._audio()
        for topic, events in (
            (WINDOWS, self.calm.windows),
            (TRANSCRIPTS, self.calm.transcripts),
            (SEGMENTS, self.calm.segments),
        ):
            yield self._finals(topic, events)
        yield self._transcripts_interim()
        yield self._windows_interim()
        yield self._glossary()
        yield self._letters()

    def _audio(self) -> Outcome:
        session = "storm-audio"
        aims = [aim_at(self.calm, topic, self.calm.frames_as(topic, session)) for topic in AUDIO]
        return self._rage("audio.pcm.C01–C16", aims, self._rows(session, self.calm.texts(self.calm.windows)))

    def _finals(self, topic: Any, events: Any) -> Outcome:
        session = f"storm-{topic.name}"
        good = [*good_of(events, session), *good_of(events[:5], ODD_SESSION)]
        wanted = {session: self.calm.texts(events), ODD_SESSION: self._odd(topic, events)}
        return self._rage(topic.name, [aim_at(self.calm, topic, good)], self._rows_of(wanted))

    def _odd(self, topic: Any, events: Any) -> dict[str, str]:
        """What must be there of the odd session: each storm adds its own first few, which are partly the same."""
        if topic is SEGMENTS:
            return {place_of(one.segment_id): one.text for one in events[:5]}
        return self.calm.texts(events[:5])

    def _rows(self, session_id: str, wanted: dict[str, str]) -> Arrived:
        return self._rows_of({session_id: wanted})

    def _rows_of(self, wanted: dict[str, dict[str, str]]) -> Arrived:
        """Counts rows that are there once with the text that they had in peace."""

        def arrived() -> tuple[int, int]:
            store = Store(self.stack.settings.clickhouse)
            try:
                there = 0
                for session_id, texts in wanted.items():
                    answer = store.ask(
                        "SELECT segment_id, text FROM transcript WHERE session_id = {session:String}",
                        {"session": session_id},
                    )
                    there += sum(texts.get(place_of(str(name))) == text for name, text in answer.rows)
            finally:
                store.close()
            return sum(map(len, wanted.values())), there

        return arrived

    def _transcripts_interim(self) -> Outcome:
        session = "storm-guesses"
        good = good_of(self.calm.transcripts, session, interim=True)
        wanted = len(self.calm.texts(self.calm.transcripts))
        arrived = self._echo(SEGMENTS_INTERIM.name, session, wanted)
        return self._rage(TRANSCRIPTS_INTERIM.name, [aim_at(self.calm, TRANSCRIPTS_INTERIM, good)], arrived)

    def _windows_interim(self) -> Outcome:
        """Guesses that are old by their turn are skipped, as they should be: those sent after the storm must come."""
        good = good_of(self.calm.windows, "storm-sounds", interim=True)
        outcome = self._rage(WINDOWS_INTERIM.name, [aim_at(self.calm, WINDOWS_INTERIM, good)], lambda: (0, 0))
        session = "after-the-storm"
        arrived = self._echo(TRANSCRIPTS_INTERIM.name, session, 1)
        with Writer(self._kafka, WriterOptions("fuzz")) as writer:
            for one in good_of(self.calm.windows[:1], session, interim=True):
                writer.send(WINDOWS_INTERIM.name, one.key, one.value)
        outcome.wanted, outcome.arrived = awaited(arrived)
        return outcome

    def _echo(self, topic: str, session_id: str, wanted: int) -> Arrived:
        """Counts a session's events on a topic from now on."""
        starts = {span.place: span.end_offset for span in whole(self._kafka, [topic])}

        def arrived() -> tuple[int, int]:
            now = whole(self._kafka, [topic])
            spans = [Span(*span.place, starts.get(span.place, 0), span.end_offset) for span in now]
            events = (decode(ECHO_EVENTS[topic], record.value) for record in read_spans(self._kafka, spans))
            return wanted, len({(event.window_id, _index(event)) for event in events if event.session_id == session_id})

        return arrived

    def _glossary(self) -> Outcome:
        """Good terms between bad ones must take effect; afterwards they are taken back."""
        terms = [replace(TERM, term=f"Zenith{number:03d}", aliases=(f"xqzw{number:03d}",)) for number in range(TERMS)]
        good = [Good(term.term.encode(), encode(term)) for term in terms]
        outcome = self._rage(GLOSSARY.name, [aim_at(self.calm, GLOSSARY, good)], lambda: (0, 0))
        self._say(terms)
        arrived = self._rows("storm-terms", {"/C01/0/0": " ".join(term.term for term in terms)})
        outcome.wanted, outcome.arrived = awaited(arrived)
        with Writer(self._kafka, WriterOptions("fuzz")) as writer:
            for term in terms:
                writer.send(GLOSSARY.name, term.term.encode(), None)
        return outcome

    def _say(self, terms: Sequence[GlossaryTerm]) -> None:
        """A transcript in which every alias is heard."""
        heard = replace(
            next(one for one in self.calm.transcripts if one.words),
            session_id="storm-terms",
            channel_id="C01",
            window_id="storm-terms/C01/0",
            utterance_id="storm-terms/C01/0",
            own_from=0,
            own_to=16_000,
            speech_to=16_000,
            language="en",
            text=" ".join(term.aliases[0] for term in terms),
            words=(),
        )
        with Writer(self._kafka, WriterOptions("fuzz")) as writer:
            writer.send(TRANSCRIPTS.name, stream_key(heard.session_id, heard.channel_id), encode(heard))

    def _letters(self) -> Outcome:
        """No stage reads these; the commands for dead letters do, and must survive them."""
        storm = Storm(self._kafka, DEAD_LETTERS.name, [aim_at(self.calm, DEAD_LETTERS, [])])
        outcome = storm.send_only(self.seed, self.messages)
        names = [f"0:{offset}" for _, offset in storm.places().values()]
        commands = [["list"], ["list", "--stage", "segmenter", "--limit", "5"], ["retry", *names]]
        commands += [["show", name] for name in names[:SHOWN_LETTERS]]
        outcome.wanted, outcome.arrived = len(commands), sum(map(self._survives, commands))
        return outcome

    def _survives(self, command: list[str]) -> bool:
        """Whether the command ends in order (1: some letter was refused) and writes nothing that steers a terminal."""
        environment = child_environment(self.stack.settings)
        done = subprocess.run(
            [sys.executable, "-m", "earshot", "deadletters", *command],
            env=environment,
            capture_output=True,
            check=False,
        )
        said = done.stdout + done.stderr
        return done.returncode in (0, 1) and b"Traceback" not in said and b"\x1b" not in said

    def _rage(self, name: str, aims: list[Aim], arrived: Arrived) -> Outcome:
        return Storm(self._kafka, name, aims).rage(self.seed, self.messages, arrived)


def _index(event: Any) -> str:
    return str(getattr(event, "segment_id", ""))
