"""Dead letters of one test: all that share a broker share their topic."""

import time

from review.dead_letters import read_letters
from runtime.settings import KafkaSettings
from schemas.events import DeadLetter

WITHIN_S = 60.0


def letters_about(kafka: KafkaSettings, mark: str, count: int = 1) -> list[DeadLetter]:
    """The letters whose key or value holds `mark`, such as a session id, once there are so many or more."""
    deadline = time.monotonic() + WITHIN_S
    while True:
        found = [letter for letter in _all(kafka) if mark.encode() in (letter.key or b"") + (letter.value or b"")]
        if len(found) >= count:
            return found
        assert time.monotonic() < deadline, f"{len(found)} of {count} dead letters about {mark} in {WITHIN_S:g} s"
        time.sleep(0.1)


def _all(kafka: KafkaSettings) -> list[DeadLetter]:
    return [found.letter for found in read_letters(kafka)]
