from importlib.metadata import version

from runtime.libraries import libraries_of
from schemas.events import Library


def test_libraries_come_by_name_with_the_version_that_is_installed():
    assert libraries_of("numpy", "fastavro") == (
        Library("fastavro", version("fastavro")),
        Library("numpy", version("numpy")),
    )


def test_one_that_is_not_installed_has_no_version():
    assert libraries_of("no-such-library") == (Library("no-such-library", ""),)
