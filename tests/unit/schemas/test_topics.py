"""Sixteen one-purpose topics, and the rest."""

from schemas.codec import SUBJECTS
from schemas.events import GlossaryPush
from schemas.topics import ALL, AUDIO, CHANNELS, GLOSSARY, WINDOWS, stream_key


def test_sixteen_channels_have_sixteen_topics() -> None:
    assert [topic.name for topic in AUDIO] == [f"audio.pcm.{channel}" for channel in CHANNELS]
    assert len(set(CHANNELS)) == 16


def test_every_event_has_a_topic_and_a_schema() -> None:
    assert {topic.event for topic in ALL} | {GlossaryPush} == set(SUBJECTS)  # marks lie among the terms


def test_pcm_is_not_compressed_and_terms_are_compacted() -> None:
    assert AUDIO[0].config()["compression.type"] == "uncompressed"
    assert GLOSSARY.config()["cleanup.policy"] == "compact"
    assert "retention.ms" not in GLOSSARY.config()
    assert WINDOWS.config()["cleanup.policy"] == "delete"


def test_a_stream_has_one_key() -> None:
    assert stream_key("s-1", "C03") == b"s-1/C03"
