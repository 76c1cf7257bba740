import os
import subprocess

import pytest

from local.folder_lock import FolderLock
from runtime.errors import LocalStackError
from tests.support.waiting import PATIENCE_S


def test_second_holder_is_refused_with_the_first_ones_pid(tmp_path):
    with (
        FolderLock(tmp_path, "owner"),
        pytest.raises(LocalStackError, match=f"{tmp_path} is in use by process {os.getpid()}"),
    ):
        FolderLock(tmp_path, "owner", wait_s=0).acquire()


def test_free_again_after_release_and_other_names_are_other_locks(tmp_path):
    with FolderLock(tmp_path, "owner"), FolderLock(tmp_path, "stack", wait_s=0):
        pass
    with FolderLock(tmp_path, "owner", wait_s=0):
        pass


def test_child_with_the_descriptor_holds_on_and_the_next_one_waits_for_its_end(tmp_path):
    first = FolderLock(tmp_path, "owner")
    first.acquire()
    with subprocess.Popen(["/bin/sleep", "0.3"], pass_fds=(first.fileno,)):
        first.release()
        with pytest.raises(LocalStackError):
            FolderLock(tmp_path, "owner", wait_s=0).acquire()
        with FolderLock(tmp_path, "owner", wait_s=PATIENCE_S):
            pass
