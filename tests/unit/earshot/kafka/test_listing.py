import pytest

from earshot.kafka.listing import duration
from runtime.kafka.retention import COMPACTED


@pytest.mark.parametrize(
    ("retention_ms", "words"),
    [
        (604_800_000, "7 d"),
        (5_400_000, "90 min"),
        (7_200_000, "2 h"),
        (1500, "1500 ms"),
        (-1, "for good"),
        (COMPACTED, "newest of each key"),
    ],
)
def test_retention_in_words(retention_ms, words):
    assert duration(retention_ms) == words
