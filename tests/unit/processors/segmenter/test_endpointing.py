"""Where utterances start and end, chunk by chunk."""

import pytest

from processors.segmenter.endpointing import Endpointer, Phase
from processors.segmenter.options import EndpointOptions, Hinges

OPTIONS = EndpointOptions(start=0.5, stop=0.35, silence_chunks=3)
HINGES = Hinges(every_chunks=12, within_chunks=6, reach_chunks=2)
SIGNS = {"DIVIDED": "D", "OUTSIDE": ".", "STARTED": "S", "VOICED": "v", "UNVOICED": "u", "ENDED": "E"}


def decided(probabilities: list[float], *, known: bool = True) -> tuple[str, Endpointer]:
    endpointer = Endpointer(OPTIONS, HINGES, known=known)
    decisions = [endpointer.step(chunk, probability).name for chunk, probability in enumerate(probabilities)]
    return "".join(SIGNS[name] for name in decisions), endpointer


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.0, 0.49, 0.5, 0.9], "..Sv"),
        ([0.9, 0.1, 0.1, 0.1, 0.1], "SuuE."),
        ([0.9, 0.4, 0.36, 0.35, 0.34, 0.34, 0.34], "SvvvuuE"),
        ([0.9, 0.1, 0.4, 0.4, 0.9], "SuuE" + "S"),
        ([0.9, 0.1, 0.1, 0.5, 0.1, 0.1, 0.1], "SuuvuuE"),
        ([0.9, 0.1, 0.1, 0.1, 0.9], "SuuES"),
        ([0.4] * 5, "....."),
    ],
)
def test_hysteresis(probabilities: list[float], expected: str) -> None:
    assert decided(probabilities)[0] == expected


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ([0.9, 0.9, 0.1, 0.1, 0.1, 0.9], ".....S"),
        ([0.1, 0.1, 0.9, 0.1, 0.1, 0.1, 0.9], "......S"),
        ([0.4, 0.4, 0.4, 0.4, 0.9], "....."),
        ([0.1, 0.4, 0.4, 0.9], "...S"),
    ],
)
def test_entered_in_the_middle_it_waits_for_a_confirmed_silence(probabilities: list[float], expected: str) -> None:
    assert decided(probabilities, known=False)[0] == expected


@pytest.mark.parametrize(
    ("probabilities", "resync", "pause"),
    [
        ([0.9], None, None),
        ([0.1, 0.9], None, None),
        ([0.1, 0.1, 0.1, 0.9], 0, None),
        ([0.1, 0.1, 0.1, 0.1, 0.4, 0.9], 2, None),
        ([0.9, 0.1, 0.1, 0.9, 0.1], None, 4),
        ([0.9, 0.1, 0.1, 0.1], 1, 1),
        ([0.9, 0.1, 0.1, 0.1, 0.1, 0.1], 3, None),
    ],
)
def test_where_a_restart_would_agree(probabilities: list[float], resync: int | None, pause: int | None) -> None:
    endpointer = decided(probabilities)[1]
    assert endpointer.resync_chunk == resync
    assert endpointer.pause_chunk == pause


def test_phases() -> None:
    assert decided([0.1])[1].phase is Phase.SILENCE
    assert decided([0.9])[1].phase is Phase.SPEECH
    assert decided([0.9], known=False)[1].phase is Phase.UNKNOWN


L, M, Q = 0.9, 0.4, 0.1  # loud, between the bounds, quiet


@pytest.mark.parametrize(
    ("probabilities", "expected", "resync"),
    [
        ([L] * 14, "Svvvvvvvvvvv" + "Dv", 10),
        ([L] * 26, "Svvvvvvvvvvv" + "Dvvvvvvvvvvv" + "Dv", 22),
        ([L] * 7 + [M] * 7, "Svvvvvvvvvvv" + "Dv", 6),
        ([L] * 5 + [M] * 9, "Svvvvvvvvvvv" + "vv", None),
        ([L] * 11 + [Q, L, L], "Svvvvvvvvvvu" + "vv", None),
        ([L] * 12 + [Q, L], "Svvvvvvvvvvv" + "uv", None),
        ([M] * 11 + [L] * 3, "...........S" + "vv", None),
        ([L] * 8 + [Q, Q, Q, L, L, L], "SvvvvvvvuuES" + "vv", 8),
    ],
)
def test_speech_is_divided_at_a_hinge(probabilities: list[float], expected: str, resync: int | None) -> None:
    decisions, endpointer = decided(probabilities)
    assert decisions == expected
    assert endpointer.resync_chunk == resync


def test_entered_in_the_middle_of_speech_it_takes_up_from_the_hinge() -> None:
    assert decided([M] * 6 + [L] + [M] * 6 + [Q, Q, Q], known=False)[0] == "." * 12 + "DuuE"
    assert decided([M] * 16, known=False)[0] == "." * 16
