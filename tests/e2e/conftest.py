"""Fixtures of the tests that run real commands."""

from collections.abc import Callable

import pytest

from tests.support.alsa_cards import AlsaCards, has_portaudio


@pytest.fixture
def plug_in(tmp_path, monkeypatch) -> Callable[..., None]:
    """Gives ALSA a card of a name that captures samples, at 16 kHz or a rate (see AlsaCards.plug)."""
    if not has_portaudio():
        pytest.skip("PortAudio and ALSA (Debian: apt-get install libportaudio2)")
    cards = AlsaCards(tmp_path)
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(cards.config))
    return cards.plug
