"""Which languages a model may hear, and which one it heard."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runtime.errors import ModelError

CLEAR_SHARE = 0.8
"""From here on a language is clearly heard."""


@dataclass(frozen=True, slots=True)
class Language:
    """A language, and how sure the model is of it."""

    code: str
    probability: float


def allowed_languages(wanted: Sequence[str], known: Sequence[str], model: str) -> tuple[str, ...]:
    """`wanted`, or all that the model knows where none are named. Raises ModelError for one that it does not know."""
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise ModelError(
            f"EARSHOT_WHISPER__LANGUAGES: the model {model} does not know {', '.join(unknown)}; "
            f"it knows {', '.join(known)}"
        )
    return tuple(wanted) or tuple(known)


def likeliest(ranking: Iterable[tuple[str, float]], allowed: Sequence[str], expected: str = "") -> Language:
    """The best of the allowed ones in a ranking of tokens (`<|ko|>`), and its share among them.

    What is `expected` gives way only to one that is clearly heard.
    """
    shares = {token[2:-2]: probability for token, probability in ranking if token[2:-2] in allowed}
    whole = max(sum(shares.values()), 1e-9)
    code, probability = next(iter(shares.items()))
    if expected in shares and probability < CLEAR_SHARE * whole:
        code, probability = expected, shares[expected]
    return Language(code, probability / whole)
