from unicodedata import normalize

import pytest

from review.fixture import FILE
from review.fixture_file import read_fixture
from runtime.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("channels: {C99: {file: x.wav}}", "C01 to C16"),
        ("channels: {C01: {}}", "channels.C01.file: is not given"),
        ("channels: {}", "channels: Dictionary should have at least 1 item"),
        ("session: s", "channels: is not given"),
        ("channels: {C01: {file: x.wav}}\nlimit: {max_cer: 1}", "limit: no such key; did you mean limits\\?"),
        ("channels: {C01: {file: x.wav}}\nlimits: {max_cr: 1}", "limits.max_cr: no such key; did you mean max_cer\\?"),
        ("channels: {C01: {file: x.wav, expct: x.txt}}", "channels.C01.expct: no such key; did you mean expect\\?"),
        ("channels: {C01: {file: x.wav, zzz: x.txt}}", "zzz: no such key; there are file, expect, pieces"),
        ("channels: {C01: {file: x.wav, pieces: [{att: 0}]}}", "pieces.0.att: no such key; did you mean at\\?"),
        ("channels: {C01: {file: x.wav, expect: }}", "channels.C01.expect: .*valid string"),
        ("channels: {C01: {file: x.wav}}\nlimits: {max_cer: 5}", "limits.max_cer: .*less than or equal to 1"),
        ("channels: {C01: {file: x.wav}}\nlimits: {max_cer: low}", "limits.max_cer: .*valid number"),
        ("channels: {C01: {file: x.wav}, C01: {file: y.wav}}", "`C01` is given twice"),
        ("channels: {C01: {file: x.wav, expect: none.txt}}", "none.txt: No such file .*the true text"),
        ("channels: [", "not YAML"),
        ("- 1", "holds no keys"),
        ("", "holds no keys"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_fixture_is_said_with_its_path(tmp_path, text, message):
    (tmp_path / FILE).write_text(text)
    with pytest.raises(ConfigError, match=message) as error:
        read_fixture(tmp_path)
    assert str(tmp_path) in str(error.value) or "C99" in str(error.value)


def test_every_fault_is_said_at_once(tmp_path):
    (tmp_path / FILE).write_text("sesion: s\nchannels: {C01: {fil: x.wav, expct: x.txt}}")
    with pytest.raises(ConfigError) as error:
        read_fixture(tmp_path)
    for word in ("did you mean session?", "did you mean file?", "did you mean expect?", "C01.file: is not given"):
        assert word in str(error.value)


def test_what_a_person_writes_is_taken(tmp_path):
    (tmp_path / "C01.txt").write_bytes("\ufeffall is well\n".encode())
    (tmp_path / FILE).write_bytes(
        b"\xef\xbb\xbfsession: 2026-05-01\nlimits: {max_cer: 0, max_wer: 0.5, loose: yes}\n"
        b"settings: {vad.stop: 0.3, whisper.beam_size: 1, whisper.languages: [en, ko]}\n"
        b"channels: {C01: {file: a.wav, expect: C01.txt}, C02: {file: b.wav}}"
    )
    fixture = read_fixture(tmp_path)
    assert fixture.session_id == "2026-05-01"
    assert (fixture.limits.max_cer, fixture.limits.max_wer, fixture.limits.loose) == (0, 0.5, True)
    assert fixture.settings == {"vad.stop": "0.3", "whisper.beam_size": "1", "whisper.languages": "en,ko"}
    assert fixture.streams["C01"].expect == "all is well\n"
    assert fixture.streams["C02"].expect is None


def test_a_fixture_without_a_name_is_named_by_its_folder(tmp_path):
    folder = tmp_path / "team-7"
    folder.mkdir()
    (folder / FILE).write_text("channels: {C01: {file: a.wav}}")
    assert read_fixture(folder).session_id == "team-7"


@pytest.mark.parametrize(("on_disk", "written"), [("NFD", "NFC"), ("NFC", "NFD")])
def test_a_file_is_found_by_its_name_however_its_letters_are_composed(tmp_path, on_disk, written):
    sound, text = (tmp_path / normalize(on_disk, name) for name in ("회의 Élysée.wav", "회의.txt"))
    sound.write_bytes(b"")
    text.write_text("well", encoding="utf-8")
    facts = "channels: {C01: {file: 회의 Élysée.wav, expect: 회의.txt}}\nsession: s"
    (tmp_path / FILE).write_text(normalize(written, facts), encoding="utf-8")
    channel = read_fixture(tmp_path).streams["C01"]
    assert (channel.file, channel.expect) == (sound, "well")
