"""Ctrl-C before the command line is there: while its libraries load."""

import os
import signal
import subprocess
import sys
from pathlib import Path

SLOW_LIBRARY = "import sys, time\nprint('loading', flush=True)\ntime.sleep(60)\n"


def test_ctrl_c_while_libraries_load_shows_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(SLOW_LIBRARY)
    search = os.pathsep.join([str(tmp_path), *sys.path])
    with subprocess.Popen(
        [sys.executable, "-m", "earshot", "sql", "SELECT 1"],
        env={**os.environ, "PYTHONPATH": search},  # noqa: TID251
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"loading\n"
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=30) == (b"", b"")
    assert child.returncode == -signal.SIGINT  # shells call it 130
