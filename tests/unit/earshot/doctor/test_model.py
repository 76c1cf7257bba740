"""What the doctor says of the model and the GPU."""

from pathlib import Path

import pytest

from earshot.doctor import model
from earshot.doctor.finding import Finding, Verdict
from runtime.settings import Settings, WhisperSettings
from tests.support.random_whisper import build_random_whisper


def only(findings: list[Finding]) -> Finding:
    (finding,) = findings
    assert bool(finding.do) == (finding.verdict is not Verdict.OK)
    return finding


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_random_whisper(tmp_path_factory.mktemp("model"))


def settings(whisper_model: object, **whisper: object) -> Settings:
    return Settings(whisper=WhisperSettings.model_validate({"model": str(whisper_model), "device": "cpu", **whisper}))


def test_a_model_that_runs_tells_its_languages(folder: Path) -> None:
    finding = only(model.check_model(settings(folder)))
    assert finding.verdict is Verdict.OK
    assert "en, ko" in finding.what


def test_a_language_that_it_does_not_know_is_told(folder: Path) -> None:
    finding = only(model.check_model(settings(folder, languages=("en", "de"))))
    assert finding.verdict is Verdict.FAIL
    assert "does not know de" in finding.what


def test_a_fitted_context_wants_a_model_that_was_trained_for_it(folder: Path) -> None:
    assert only(model.check_model(settings(folder, context="fit"))).verdict is Verdict.WARN


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    finding = only(model.check_model(settings(tmp_path)))
    assert finding.verdict is Verdict.FAIL
    assert "model.bin" in finding.what


def test_weights_cut_off_are_told(folder: Path, tmp_path: Path) -> None:
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes()[:5000] if file.name == "model.bin" else file.read_bytes())
    finding = only(model.check_model(settings(tmp_path)))
    assert finding.verdict is Verdict.FAIL
    assert "does not load" in finding.what


def test_a_hub_name_is_looked_for_on_this_machine_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    finding = only(model.check_model(settings("nobody/has-this-one")))
    assert finding.verdict is Verdict.FAIL
    assert "not on this machine yet" in finding.what


def test_a_gpu_that_is_asked_for_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "gpu_count", lambda: 0)
    assert only(model.check_gpu(settings("any", device="cuda"))).verdict is Verdict.FAIL
    assert only(model.check_gpu(settings("any", device="auto"))).verdict is Verdict.OK
    assert only(model.check_gpu(settings("any", device="cpu"))).verdict is Verdict.OK


def test_libraries_that_a_gpu_needs_are_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "gpu_count", lambda: 1)
    monkeypatch.setattr(model, "CUDA_LIBRARIES", ("libno-such-thing.so.1",))
    finding = only(model.check_gpu(settings("any", device="auto")))
    assert finding.verdict is Verdict.FAIL
    assert "libno-such-thing.so.1" in finding.what
    monkeypatch.setattr(model, "CUDA_LIBRARIES", ("libc.so.6",))
    assert only(model.check_gpu(settings("any", device="cuda"))).verdict is Verdict.OK
