"""The wheel holds what the program reads beside its code."""

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

PROJECT = Path(__file__).parents[3]
FIND = """
from pathlib import Path
import processors
from processors.transcriber.engine import load_engine
from runtime.settings import WhisperSettings
from sinks.clickhouse.migrations import migrations
from schemas.codec import subject_of
print(Path(processors.__file__).parents[1])
print(load_engine(WhisperSettings()).model_name, len(migrations()), subject_of("segment").newest_id)
"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=PROJECT, check=True, timeout=120, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    with ZipFile(wheel) as archive:
        archive.extractall(folder / "site-packages")
    return folder / "site-packages"


def test_the_demo_model_the_tables_and_the_schemas_travel_in_it(unpacked: Path, tmp_path: Path) -> None:
    variables = {"PYTHONPATH": str(unpacked), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", FIND],
        cwd=tmp_path,
        env=variables,
        check=True,
        timeout=120,
        capture_output=True,
        text=True,
    )
    where, found = done.stdout.splitlines()
    assert where == str(unpacked)
    model, migrations, schema_id = found.split()
    assert model.startswith("earshot-demo/")
    assert int(migrations) == len(list((PROJECT / "schemas" / "clickhouse").glob("*.sql")))
    assert schema_id == "402"


def test_nothing_but_the_program_travels_in_it(unpacked: Path) -> None:
    names = {path.name for path in unpacked.iterdir() if not path.name.endswith(".dist-info")}
    assert names == {
        *("schemas", "runtime", "producers", "processors", "sinks", "local", "review", "earshot", "demo", "models")
    }
    assert [path.name for path in (unpacked / "models").iterdir()] == ["demo"]
