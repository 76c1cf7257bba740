import os
from pathlib import Path

import pytest

from local.broker_files import BrokerPlan
from local.class_archive import ClassArchive


@pytest.fixture
def plan(tmp_path) -> BrokerPlan:
    for name in ("java", "a.jar"):
        (tmp_path / name).write_text(name)
    return BrokerPlan(tmp_path / "kafka", 1, 2, tmp_path / "java", (tmp_path / "a.jar",))


def archive_file(archive: ClassArchive) -> Path:
    return Path(next(flag for flag in archive.flags() if "SharedArchiveFile" in flag).partition("=")[2])


def test_first_start_lists_classes_and_later_ones_use_the_archive(plan, tmp_path):
    archive = ClassArchive(plan, tmp_path)
    assert f"-XX:DumpLoadedClassList={plan.folder}/classes.list" in archive.flags()
    archive._file.touch()
    assert archive_file(archive) == archive._file


def test_jar_that_was_fetched_anew_and_another_java_have_other_archives(plan, tmp_path):
    names = {ClassArchive(plan, tmp_path)._file}
    os.utime(plan.jars[0], (1, 1))
    names.add(ClassArchive(plan, tmp_path)._file)
    plan.java.write_text("another java")
    names.add(ClassArchive(plan, tmp_path)._file)
    assert len(names) == 3


def test_dump_that_fails_leaves_nothing_and_harms_nothing(plan, tmp_path):
    plan.folder.mkdir()
    (plan.folder / "classes.list").write_text("java/lang/Object\njava/lang/Str")
    plan.java.write_text("#!/bin/sh\nexit 1\n")
    plan.java.chmod(0o755)
    archive = ClassArchive(plan, tmp_path)
    archive.make_in_background()
    archive.wait()
    assert not archive.exists
    assert list(tmp_path.glob("*.partial")) == []


def test_dump_gets_only_whole_lines_of_the_list(plan, tmp_path):
    plan.folder.mkdir()
    (plan.folder / "classes.list").write_text("java/lang/Object\njava/lang/Str")
    seen = tmp_path / "seen"
    plan.java.write_text(
        "#!/bin/sh\n"
        'for flag; do case "$flag" in\n'
        f'  -XX:SharedClassListFile=*) cp "${{flag#*=}}" {seen} ;;\n'
        '  -XX:SharedArchiveFile=*) : > "${flag#*=}" ;;\n'
        "esac; done\n"
    )
    plan.java.chmod(0o755)
    archive = ClassArchive(plan, tmp_path)
    archive.make_in_background()
    archive.wait()
    assert archive.exists
    assert seen.read_text() == "java/lang/Object\n"
