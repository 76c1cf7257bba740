"""ONNX Runtime (1.31) reports to its maker and marks the machine, unless it is told not to before its import."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
LOAD = "from processors.segmenter.vad import SileroVad; SileroVad()"


def test_no_mark_is_left_in_the_users_home(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LOAD],
        cwd=ROOT,
        env={"HOME": str(tmp_path), "PATH": os.defpath},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.rglob("*")) == []
