import pytest

from review.overrides import changed, described, parse_overrides, with_overrides
from runtime.errors import ConfigError
from runtime.settings import Settings


def test_overrides_replace_only_what_they_name():
    settings = Settings()
    own = with_overrides(settings, parse_overrides(["vad.stop=0.2", "whisper.beam_size=1", "whisper.languages=en"]))
    assert changed(settings, own) == {
        "vad.stop": ("0.35", "0.2"),
        "whisper.beam_size": ("5", "1"),
        "whisper.languages": ("('en', 'ko')", "('en',)"),
    }
    assert own.kafka == settings.kafka


def test_equal_settings_differ_in_nothing():
    assert changed(Settings(), with_overrides(Settings(), {})) == {}


def test_everything_that_shapes_a_text_is_described():
    names = described(Settings())
    assert {"vad.stop", "window.max_s", "whisper.model", "glossary.fuzzy_threshold"} <= names.keys()
    assert not any(name.startswith(("kafka", "clickhouse")) for name in names)


@pytest.mark.parametrize("text", ["vad.stop", "stop=1", "a.b.c=1"])
def test_what_is_no_override_is_refused_with_an_example(text):
    with pytest.raises(ConfigError, match=r"vad\.stop=0\.3"):
        parse_overrides([text])


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("vad.stopp", "0.2", "no such setting"),
        ("kafka.bootstrap", "x:1", "no such setting"),
        ("vad.stop", "2", "less than or equal to 1"),
        ("vad.stop", "0.9", "must not be above start"),
        ("whisper.beam_size", "many", "valid integer"),
    ],
)
def test_a_setting_that_does_not_exist_or_fit_is_named(name, value, message):
    with pytest.raises(ConfigError, match=message):
        with_overrides(Settings(), {name: value})
