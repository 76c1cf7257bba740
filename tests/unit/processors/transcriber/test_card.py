import json

import pytest

from processors.transcriber.card import ModelCard, read_card


def test_a_card_is_read_and_foreign_keys_are_passed_over() -> None:
    card = read_card(
        json.dumps({"fitted_context": True, "version": "3", "cer": 0.02, "context_margin_s": 0.25}), "demo"
    )

    assert card == ModelCard("demo", "3", fitted_context=True, context_margin_s=0.25)


def test_a_model_without_facts_is_a_stock_whisper() -> None:
    card = read_card("{}", "large-v3-turbo")

    assert card == ModelCard("large-v3-turbo")
    assert not card.context_rule("auto").fitted


@pytest.mark.parametrize(("mode", "fitted"), [("auto", True), ("fit", True), ("full", False)])
def test_the_setting_goes_before_the_card(mode: str, fitted: bool) -> None:
    assert ModelCard("m", fitted_context=True).context_rule(mode).fitted is fitted


@pytest.mark.parametrize(
    ("prompts", "hotwords", "mode", "told"),
    [
        (True, False, "auto", False),
        (True, True, "auto", True),
        (True, False, "on", True),
        (True, True, "off", False),
        (False, True, "on", False),
        (False, True, "auto", False),
    ],
)
def test_hotwords_are_told_where_the_card_or_the_setting_says_so(
    prompts: bool, hotwords: bool, mode: str, told: bool
) -> None:
    assert ModelCard("m", prompts=prompts, hotwords=hotwords).takes_hotwords(mode) is told


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "no json",
        '{"fitted_context": "yes"}',
        '{"context_bucket_s": 0}',
        '{"context_margin_s": -1}',
        '{"alignment_filter_frames": 4}',
    ],
)
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - any reason will do
        read_card(text, "m")
