"""A glossary file: a YAML list of entries, read event by event so that every fault has its line.

    - term: ECMO
      aliases: [에크모, e c m o]
      language: ko      # optional: for text of this language only
      category: device  # optional
      priority: 1       # optional: a whole number; terms of a higher one are hotwords first

Every other value is text: `no` is the language Norwegian, not False. Anchors are not understood. Text is taken in NFC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from processors.glossary.entries import Entry, Text, faults_of
from runtime.errors import GlossaryError
from schemas.events import GlossaryTerm
from schemas.glossary.composition import composed

FIELDS = ("term", "aliases", "language", "category", "priority")
MAX_FAULTS_SHOWN = 20
_EMPTY = ("", "~", "null")
_EXAMPLE = "- term: ECMO"


def load_terms(path: Path) -> list[GlossaryTerm]:
    """The terms of a file, in its order. Raises GlossaryError naming every fault with its line."""
    entries, faults = _parsed(path)
    faults += faults_of(entries)
    if faults:
        raise GlossaryError(_message(path, faults))
    return [entry.as_term() for entry in entries]


def _parsed(path: Path) -> tuple[list[Entry], list[tuple[int, str]]]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise GlossaryError(f"{path}: byte {error.start} is not UTF-8: save the file as UTF-8") from error
    except OSError as error:
        raise GlossaryError(f"{path}: {error.strerror or error}") from error
    reading = _Reading(yaml.parse(text, Loader=yaml.CSafeLoader))
    try:
        return reading.entries(), reading.faults
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{path}:{mark.line + 1}" if mark is not None else str(path)
        raise GlossaryError(f"{place}: not YAML: {getattr(error, 'problem', None) or error}") from error


def _message(path: Path, faults: list[tuple[int, str]]) -> str:
    lines = [f"  {path}:{line}: {fault}" for line, fault in sorted(faults)]
    shown = lines[:MAX_FAULTS_SHOWN]
    if len(lines) > len(shown):
        shown.append(f"  … and {len(lines) - len(shown)} more")
    count = "1 fault" if len(lines) == 1 else f"{len(lines)} faults"
    return f"{count} in the glossary:\n" + "\n".join(shown)


@dataclass(slots=True)
class _Fields:
    term: Text | None = None
    aliases: tuple[Text, ...] = ()
    language: Text | None = None
    category: Text | None = None
    priority: Text | None = None


class _Reading:
    """Takes YAML events apart by the one shape that a glossary has."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self.faults: list[tuple[int, str]] = []

    def entries(self) -> list[Entry]:
        """Every entry that has a term; what is wrong with the others is in `faults`."""
        found = []
        for event in self._events:
            if isinstance(event, yaml.SequenceStartEvent):
                found += [entry for entry in self._list() if entry is not None]
            elif isinstance(event, yaml.MappingStartEvent | yaml.ScalarEvent | yaml.AliasEvent):
                self._fault(event, f"a glossary is a list of entries, each beginning with a dash: {_EXAMPLE}")
                self._skip(event)
            elif isinstance(event, yaml.DocumentEndEvent):
                return found
        self.faults.append((1, f"the file is empty; a glossary without terms is written []: {_EXAMPLE}"))
        return found

    def _list(self) -> Iterator[Entry | None]:
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                return
            if isinstance(event, yaml.MappingStartEvent):
                yield self._entry(_line_of(event))
            else:
                self._fault(event, f"an entry has fields: {_EXAMPLE}")
                self._skip(event)

    def _entry(self, line: int) -> Entry | None:
        fields = _Fields()
        seen = set()
        for key in self._events:
            if isinstance(key, yaml.MappingEndEvent):
                break
            name = key.value if isinstance(key, yaml.ScalarEvent) else ""
            value = next(self._events)
            if name in seen:
                self._fault(key, f"`{name}` is given twice in one entry")
                self._skip(value)
            elif name not in FIELDS:
                self._fault(key, f"unknown field `{name}`; an entry has {', '.join(FIELDS)}")
                self._skip(key if not isinstance(key, yaml.ScalarEvent) else None)
                self._skip(value)
            elif name == "aliases":
                fields.aliases = tuple(self._texts(value))
            else:
                setattr(fields, name, self._text(value, name))
            seen.add(name)
        if "term" not in seen:
            self.faults.append((line, "an entry without a term"))
        if fields.term is None:
            return None
        return Entry(fields.term, fields.aliases, fields.language, fields.category, fields.priority)

    def _text(self, event: Any, name: str) -> Text | None:
        if isinstance(event, yaml.ScalarEvent):
            return Text("" if _is_empty(event) else composed(event.value.strip()), _line_of(event))
        self._fault(event, f"`{name}` must be one text")
        self._skip(event)
        return None

    def _texts(self, event: Any) -> Iterator[Text]:
        if not isinstance(event, yaml.SequenceStartEvent):
            if not (isinstance(event, yaml.ScalarEvent) and _is_empty(event)):
                self._fault(event, "`aliases` must be a list: [one, two]")
            self._skip(event)
            return
        for item in self._events:
            if isinstance(item, yaml.SequenceEndEvent):
                return
            text = self._text(item, "an alias")
            if text is not None:
                yield text

    def _fault(self, event: Any, text: str) -> None:
        self.faults.append((_line_of(event), text))

    def _skip(self, event: Any) -> None:
        """Passes over the rest of what began with `event`."""
        depth = 1 if isinstance(event, yaml.CollectionStartEvent) else 0
        while depth:
            event = next(self._events)
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1


def _is_empty(event: Any) -> bool:
    """Whether nothing is written, or YAML's null; quotes make an empty text of it."""
    return not event.style and event.value in _EMPTY


def _line_of(event: Any) -> int:
    return int(event.start_mark.line) + 1
