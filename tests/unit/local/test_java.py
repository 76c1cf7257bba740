import stat

import pytest

from local.java import find_java, identity, major_version
from runtime.errors import LocalStackError


@pytest.mark.parametrize(
    ("answer", "version"),
    [
        ('openjdk version "21.0.8" 2025-07-15', 21),
        ('java version "1.8.0_392"', 8),
        ('openjdk version "25" 2025-09-16', 25),
        ("command not found", 0),
    ],
)
def test_major_version(answer, version):
    assert major_version(answer) == version


def test_bundled_java_is_there():
    assert find_java("bundled").exists()


def system_java(tmp_path, monkeypatch, answer: str) -> None:
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho '{answer}' >&2\n")
    java.chmod(java.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_system_java_that_is_new_enough(tmp_path, monkeypatch):
    system_java(tmp_path, monkeypatch, 'openjdk version "17.0.1"')
    assert find_java("system") == tmp_path / "java"


def test_system_java_that_is_too_old(tmp_path, monkeypatch):
    system_java(tmp_path, monkeypatch, 'java version "1.8.0_392"')
    with pytest.raises(LocalStackError, match="is Java 8, and the broker needs 17"):
        find_java("system")


def test_no_system_java(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(LocalStackError, match="no `java` on the PATH"):
        find_java("system")


def test_identity_changes_with_the_binary(tmp_path):
    java = tmp_path / "java"
    java.write_text("one")
    before = identity(java)
    java.write_text("other")
    assert identity(java) != before
