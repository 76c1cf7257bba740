from hashlib import sha256
from pathlib import Path

import pytest

from processors.transcriber.model_files import NEEDED, find_model
from runtime.errors import ModelError


def folder_with_model(folder: Path, weights: bytes = b"weights") -> Path:
    folder.mkdir(parents=True)
    for name in NEEDED:
        (folder / name).write_bytes(weights)
    return folder


def no_download(name: str) -> str:
    raise AssertionError(f"{name} must not be asked of the hub")


def test_a_folder_is_found_and_named_after_itself(tmp_path: Path) -> None:
    files = find_model(str(folder_with_model(tmp_path / "tiny")), no_download)

    assert files.identity() == "tiny/unversioned/" + sha256(b"weights").hexdigest()[:12]


def test_equal_weights_are_named_equally_and_others_are_not(tmp_path: Path) -> None:
    one, same, other = (
        find_model(str(folder_with_model(tmp_path / place / "m", weights)), no_download).identity()
        for place, weights in (("a", b"1"), ("b", b"1"), ("c", b"2"))
    )
    assert one == same
    assert one != other


@pytest.mark.parametrize("name", ["large-v3-turbo", "somebody/some-whisper-ct2"])
def test_a_hub_name_is_downloaded_and_keeps_its_name(tmp_path: Path, name: str) -> None:
    asked = []

    def download(wanted: str) -> str:
        asked.append(wanted)
        return str(folder_with_model(tmp_path / "snapshots" / "0a1b2c"))

    assert find_model(name, download).card.name == name
    assert asked == [name]


@pytest.mark.parametrize("model", ["models/none", "", "../none", "/none/at/all", "a b"])
def test_what_can_only_be_a_folder_is_never_asked_of_the_hub(model: str) -> None:
    with pytest.raises(ModelError, match="EARSHOT_WHISPER__MODEL"):
        find_model(model, no_download)


def test_our_own_models_are_never_asked_of_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("processors.transcriber.model_files.PROJECT", tmp_path / "site-packages")
    with pytest.raises(ModelError, match="models/demo: no such folder"):
        find_model("models/demo", no_download)


def test_the_demo_model_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("processors.transcriber.model_files.PROJECT", tmp_path / "project")
    folder_with_model(tmp_path / "project" / "models" / "demo")

    assert find_model("models/demo", no_download).card.name == "demo"
