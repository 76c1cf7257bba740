"""The engine's mechanics on a model of random weights: its words mean nothing, its shapes and its sameness do."""

import json
import shutil
import string
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import pytest
import tokenizers

from processors.transcriber.decoder import Decoder, Order
from processors.transcriber.decoding import Attempt, Thresholds, first_attempt, token_limit
from processors.transcriber.engine import WhisperEngine, load_engine
from processors.transcriber.guard import Guard
from processors.transcriber.hotwords import NO_HOTWORDS, Hotwords, hotwords_of
from processors.transcriber.sound import Sound, whole
from processors.transcriber.stretch import Stretch
from runtime.errors import DecodeFailed, ModelError, OutOfMemory
from runtime.settings import WhisperSettings
from schemas.events import GlossaryTerm, Transcript
from schemas.glossary.table import glossary_of
from tests.support.random_whisper import NEVER, Ending, build_random_whisper
from tests.support.speech_windows import interim, task

BATCH = first_attempt(500, 5)
HOTWORDS = hotwords_of(
    glossary_of(
        [GlossaryTerm("metoprolol", (), "en", ""), GlossaryTerm("혈압", (), "ko", ""), GlossaryTerm("ECG", (), "", "")]
    )
)


def sounds(count: int, seed: int = 0) -> list[Sound]:
    random = np.random.default_rng(seed)
    lengths = random.integers(8_000, 72_000, count)
    return [
        whole((random.standard_normal(length) * 10.0 ** random.uniform(-3, -0.5)).astype(np.float32))
        for length in lengths
    ]


@pytest.mark.parametrize("beams", [1, 5])
def test_a_window_says_the_same_alone_and_in_any_company(random_engine: WhisperEngine, beams: int) -> None:
    several = sounds(7)
    attempt = first_attempt(500, beams)
    together = random_engine.decode(several, attempt)
    reversed_order = random_engine.decode(several[::-1], attempt)[::-1]
    alone = [random_engine.decode([sound], attempt)[0] for sound in several]

    assert together == alone
    assert reversed_order == alone
    assert len({heard.text for heard in alone}) > 1


def test_company_in_floats_changes_no_word(random_model: Path) -> None:
    engine = load_engine(WhisperSettings(model=str(random_model), compute_type="float32"))
    several = sounds(5)
    together = engine.decode(several, BATCH)

    assert [heard.text for heard in together] == [engine.decode([sound], BATCH)[0].text for sound in several]


def test_a_second_engine_says_the_same(random_engine: WhisperEngine, random_model: Path) -> None:
    again = load_engine(WhisperSettings(model=str(random_model)))

    assert again.decode(sounds(3), BATCH) == random_engine.decode(sounds(3), BATCH)
    assert again.model_name == random_engine.model_name


def test_prompts_of_several_languages_share_a_batch(random_engine: WhisperEngine) -> None:
    several = sounds(6)
    heard = random_engine.decode(several, BATCH, HOTWORDS)

    assert [one.glossary_version for one in heard] == [HOTWORDS.version] * 6
    assert heard == [random_engine.decode([sound], BATCH, HOTWORDS)[0] for sound in several]
    assert [one.text for one in heard] != [one.text for one in random_engine.decode(several, BATCH)]


def test_languages_are_aligned_with_their_own_start(
    random_engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The random model hears one language only, so the mixture is planted after detection."""
    several = sounds(5)
    detect = WhisperEngine._detect

    def mixed(engine: WhisperEngine, encoded: object, several: object) -> object:
        found = detect(engine, encoded, several)  # type: ignore[arg-type]
        return [type(one)("en" if row % 2 else "ko", one.probability) for row, one in enumerate(found)]

    monkeypatch.setattr(WhisperEngine, "_detect", mixed)
    heard = random_engine.decode(several, BATCH)

    assert [one.language for one in heard] == ["ko", "en", "ko", "en", "ko"]
    assert all(one.words for one in heard)


def test_languages_without_hotwords_are_searched_beside_those_with(
    random_engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_korean = hotwords_of(glossary_of([GlossaryTerm("혈압", (), "ko", "")]))
    several = sounds(4)
    detect = WhisperEngine._detect

    def mixed(engine: WhisperEngine, encoded: object, several: object) -> object:
        found = detect(engine, encoded, several)  # type: ignore[arg-type]
        return [type(one)("en" if row % 2 else "ko", one.probability) for row, one in enumerate(found)]

    monkeypatch.setattr(WhisperEngine, "_detect", mixed)
    plain = random_engine.decode(several, BATCH)
    told = random_engine.decode(several, BATCH, only_korean)

    assert [one.text for one in told[1::2]] == [one.text for one in plain[1::2]]
    assert [one.text for one in told[::2]] != [one.text for one in plain[::2]]


@pytest.mark.parametrize("context", [250, 500, 1250, 3000])
def test_any_context_gives_words_inside_the_sound(random_engine: WhisperEngine, context: int) -> None:
    sound = sounds(1)[0].part(Stretch(0.0, 1.875))
    heard = random_engine.decode([sound], first_attempt(context, 2))[0]

    assert heard.context == context
    assert heard.words
    assert heard.text.startswith("".join(word.text for word in heard.words).strip())  # less a last half letter
    assert max(word.end_s for word in heard.words) <= sound.duration_s + 0.01


def lettered_engine(folder: Path, ending: Ending) -> WhisperEngine:
    """Every token that it says is a letter, so that texts are as long as their tokens are many."""
    model = build_random_whisper(folder, spoken=set(string.ascii_letters), ending=ending)
    return load_engine(WhisperSettings(model=str(model)))


@pytest.mark.parametrize("beams", [1, 5])
@pytest.mark.parametrize("hotwords", [NO_HOTWORDS, HOTWORDS], ids=["plain", "prompted"])
def test_a_text_without_an_end_goes_to_the_token_limit_and_is_told(
    tmp_path: Path, beams: int, hotwords: Hotwords
) -> None:
    engine = lettered_engine(tmp_path, NEVER)
    for limit in (4, token_limit(0.5)):
        heard = engine.decode(sounds(2), Attempt(500, beams, limit), hotwords)
        assert [(len(one.text), one.complete) for one in heard] == [(limit, False)] * 2


@pytest.mark.parametrize("beams", [1, 5])
def test_a_text_that_ends_before_the_token_limit_is_complete(tmp_path: Path, beams: int) -> None:
    engine = lettered_engine(tmp_path, Ending(8, 8))
    for limit, letters in ((4, 4), (8, 8), (9, 8), (token_limit(5), 8)):
        heard = engine.decode(sounds(2), Attempt(500, beams, limit))
        assert [(len(one.text), one.complete) for one in heard] == [(letters, letters < limit)] * 2


def test_a_language_that_is_not_allowed_is_not_heard(random_model: Path, random_engine: WhisperEngine) -> None:
    korean = load_engine(WhisperSettings(model=str(random_model), languages=("ko",)))

    assert {one.language for one in korean.decode(sounds(3), BATCH)} == {"ko"}
    heard = random_engine.decode(sounds(1), BATCH)[0]
    assert 0 < heard.language_probability <= 1


def test_a_model_that_was_not_trained_with_prompts_gets_none(random_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(random_model, tmp_path / "m")
    (folder / "earshot.json").write_text(json.dumps({"prompts": False}))
    engine = load_engine(WhisperSettings(model=str(folder)))

    assert engine.decode(sounds(2), BATCH, HOTWORDS) == engine.decode(sounds(2), BATCH)


def test_a_failing_call_is_a_decode_failure(random_engine: WhisperEngine) -> None:
    with pytest.raises(DecodeFailed, match="1 windows of 6000 frames"):
        random_engine.decode(sounds(1), Attempt(6000, 1, 10))


def test_the_name_tells_name_version_and_weights(random_engine: WhisperEngine) -> None:
    name, version, weights = random_engine.model_name.split("/")

    assert (name, version, len(weights)) == ("random", "1", 12)


@pytest.mark.parametrize("model", ["/no/such/folder", "models/no-such-model", "./nothing"])
def test_a_model_that_is_not_there_is_told_clearly(model: str) -> None:
    with pytest.raises(ModelError, match="EARSHOT_WHISPER__MODEL"):
        load_engine(WhisperSettings(model=model))


def test_a_folder_without_a_model_names_what_is_missing(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"no model\.bin, tokenizer\.json"):
        load_engine(WhisperSettings(model=str(tmp_path)))


def test_weights_that_do_not_load_are_told_clearly(random_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(random_model, tmp_path / "m")
    (folder / "model.bin").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match=r"does not load on cpu.*: its files may be cut off or of another kind"):
        load_engine(WhisperSettings(model=str(folder)))


@pytest.mark.parametrize("content", ["", "{", '{"a": 1}', "not json"])
def test_a_tokenizer_that_is_none_is_told_with_its_file(random_model: Path, tmp_path: Path, content: str) -> None:
    folder = shutil.copytree(random_model, tmp_path / "m")
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match=r"tokenizer\.json is not the tokenizer of a Whisper model"):
        load_engine(WhisperSettings(model=str(folder)))


def test_the_tokenizer_of_another_model_is_told(random_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(random_model, tmp_path / "m")
    tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a")).save(str(folder / "tokenizer.json"))
    with pytest.raises(ModelError, match=r"it has no <\|startoftranscript\|>"):
        load_engine(WhisperSettings(model=str(folder)))


def test_a_file_is_not_asked_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelError, match=r"MODEL=model: is a file: name the folder"):
        load_engine(WhisperSettings(model="model"))


def test_a_hub_that_cannot_be_reached_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match=r"could not be got from the hub .*: name a folder") as caught:
        load_engine(WhisperSettings(model=f"nobody/{tmp_path.name}"))
    assert "\n" not in str(caught.value)


class SmallDevice:
    """CTranslate2's model on a device that holds two windows; `words` is what it says of a third."""

    def __init__(self, model: Any, error: Exception) -> None:
        self._model = model
        self._error = error
        self.batches: list[int] = []

    def encode(self, features: Any) -> Any:
        self.batches.append(features.shape[0])
        if features.shape[0] > 2:
            raise self._error
        return self._model.encode(features)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)


OUT_OF_MEMORY = (
    RuntimeError("CUDA failed with error out of memory"),
    RuntimeError("cuBLAS failed with status CUBLAS_STATUS_ALLOC_FAILED"),
    MemoryError("std::bad_alloc"),
)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["cuda", "cublas", "cpu"])
def test_what_does_not_fit_the_device_is_decoded_in_smaller_batches(
    random_engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    device = SmallDevice(random_engine._model, error)
    monkeypatch.setattr(random_engine, "_model", device)
    decoder = Decoder(random_engine, Guard(Thresholds(), min_voiced_ms=0))
    outcomes = decoder.transcribe([task(interim(0, 1), ticket=n) for n in range(5)], Order(1, NO_HOTWORDS))
    assert all(isinstance(outcome, Transcript) for outcome in outcomes)
    assert device.batches == [5, 2, 3, 1, 2]


def test_a_window_that_does_not_fit_alone_says_what_needs_less(
    random_engine: WhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(features: Any) -> Any:
        raise OUT_OF_MEMORY[0]

    device = SmallDevice(random_engine._model, OUT_OF_MEMORY[0])
    monkeypatch.setattr(device, "encode", full)
    monkeypatch.setattr(random_engine, "_model", device)
    with pytest.raises(OutOfMemory, match="EARSHOT_WHISPER__COMPUTE_TYPE=int8"):
        random_engine.decode(sounds(1), BATCH)


def test_a_broken_card_is_told_with_its_file(random_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(random_model, tmp_path / "m")
    (folder / "earshot.json").write_text('{"fitted_context": 3}')
    with pytest.raises(ModelError, match=r"earshot\.json: wrong values of fitted_context"):
        load_engine(WhisperSettings(model=str(folder)))


def test_unknown_languages_are_told_with_the_known_ones(random_model: Path) -> None:
    with pytest.raises(ModelError, match="does not know fr; it knows en, ko"):
        load_engine(WhisperSettings(model=str(random_model), languages=("en", "fr")))


@pytest.mark.skipif(ctranslate2.get_cuda_device_count() > 0, reason="a machine without a GPU")
def test_a_gpu_that_is_not_there_is_told_clearly(random_model: Path) -> None:
    with pytest.raises(ModelError, match=r"does not load on cuda.*set EARSHOT_WHISPER__DEVICE to cpu or auto"):
        load_engine(WhisperSettings(model=str(random_model), device="cuda"))
