"""Which languages may be heard, and which one was."""

import pytest

from processors.transcriber.languages import allowed_languages, likeliest
from runtime.errors import ModelError

RANKING = [("<|ja|>", 0.6), ("<|ko|>", 0.3), ("<|en|>", 0.1)]


def test_the_best_of_the_allowed_with_its_share_among_them() -> None:
    found = likeliest(RANKING, ("en", "ko"))
    assert found.code == "ko"
    assert found.probability == pytest.approx(0.75)


def test_none_named_is_all_that_the_model_knows() -> None:
    assert allowed_languages((), ("en", "ko"), "tiny") == ("en", "ko")
    assert allowed_languages(("ko",), ("en", "ko"), "tiny") == ("ko",)


def test_a_language_that_the_model_does_not_know_is_told_with_those_it_knows() -> None:
    with pytest.raises(ModelError, match=r"tiny does not know fr, xx; it knows en, ko"):
        allowed_languages(("xx", "en", "fr"), ("en", "ko"), "tiny")
