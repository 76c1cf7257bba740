"""Where nobody speaks there are no words, and a glossary puts none into what is said."""

import pytest

from bench.human.clips import Clip, read_pcm
from bench.human.hearing import EIGHT, Ours
from models.real.weights import BASE
from schemas.events import GlossaryTerm
from tests.real.conftest import weights_or_skip
from tests.support.shared_audio import shared_audio

pytestmark = pytest.mark.timeout(600)
ENGLISH = (
    *("defibrillator", "tourniquet", "metoprolol", "amiodarone", "epinephrine", "intubation", "laryngoscope"),
    *("stretcher", "ventilator", "tachycardia", "bradycardia", "hypotension", "nitroglycerin", "naloxone"),
    *("oximeter", "cannula", "saline", "heparin", "insulin", "glucagon", "atropine", "adenosine", "lidocaine"),
    *("ketamine", "fentanyl", "morphine", "oxygen", "triage", "hydrant"),
)
TERMS = (*(GlossaryTerm(term, (), "en", "") for term in ENGLISH), GlossaryTerm("심폐소생술", (), "ko", ""))


@pytest.fixture(scope="module")
def told(base: Ours) -> Ours:
    """The pipeline with a glossary of 30 English terms and a Korean one."""
    return Ours(weights_or_skip(BASE), EIGHT, TERMS)


@pytest.mark.parametrize("fault", ["noise_elevator.flac", "noise_hotword.flac"])
def test_noise_is_no_words(base: Ours, told: Ours, fault: str) -> None:
    pcm = read_pcm(shared_audio(f"faults/{fault}"))
    assert base.hear(pcm).text == ""
    assert told.hear(pcm).text == ""


def test_recordings_without_a_voice_are_no_words(base: Ours, told: Ours, clips: list[Clip]) -> None:
    for clip in clips:
        if not clip.text:
            assert (clip.name, base.hear(clip.pcm).text) == (clip.name, "")
            assert (clip.name, told.hear(clip.pcm).text) == (clip.name, "")


def test_no_term_that_was_not_said(told: Ours, clips: list[Clip]) -> None:
    terms = [term.term for term in TERMS]
    spoken = [(clip.name, clip.pcm) for clip in clips if clip.text and clip.language in ("en", "ko")]
    spoken.append(("unclear speech", read_pcm(shared_audio("faults/ko_hotword_leak.flac"))))
    for name, pcm in spoken:
        text = told.hear(pcm).text.lower()
        assert [(name, term) for term in terms if term in text] == []
