"""How often the glossary put each of its terms into text of late: what is misheard often is worth telling the model."""

from collections.abc import Iterable
from dataclasses import replace

from schemas.events import GlossaryTerm
from sinks.clickhouse.store import Store

DAYS = 30
_COUNTS = """
SELECT term, count() FROM corrections WHERE spoken_at > now() - toIntervalDay({days:UInt32}) GROUP BY term
"""


def with_counts(store: Store, terms: Iterable[GlossaryTerm]) -> list[GlossaryTerm]:
    """The terms, each with the number of corrections to it in speech of the last 30 days. Raises Unavailable."""
    counts = dict(store.ask(_COUNTS, {"days": DAYS}).rows)
    return [replace(term, corrected=int(counts.get(term.term, 0))) for term in terms]
