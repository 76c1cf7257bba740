"""`earshot tail` on a real broker, in a pipe and on a terminal."""

import os
import pty
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from runtime.kafka import Writer, WriterOptions
from runtime.settings import KafkaSettings, Settings, child_environment
from schemas.codec import encode
from schemas.events import Segment
from schemas.topics import SEGMENTS, SEGMENTS_INTERIM, stream_key
from tests.support.transcripts import segment


def publish(kafka: KafkaSettings, made: Segment) -> None:
    topic = SEGMENTS if made.final else SEGMENTS_INTERIM
    with Writer(kafka, WriterOptions(name="test")) as writer:
        writer.send(topic.name, stream_key(made.session_id, made.channel_id), encode(made))


def until(condition: Callable[[], object], again: Callable[[], None] = lambda: None) -> None:
    deadline = time.monotonic() + 90
    while not condition():
        assert time.monotonic() < deadline
        again()
        time.sleep(0.1)


class Tail:
    """`earshot tail`, whose output is read in a thread."""

    def __init__(self, kafka: KafkaSettings, *options: str, terminal: bool) -> None:
        ours, theirs = pty.openpty() if terminal else os.pipe()
        environment = child_environment(Settings(kafka=kafka)) | {"COLUMNS": "100", "TERM": "xterm"}
        command = [sys.executable, "-m", "earshot", "tail", *options]
        self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=theirs, env=environment)
        os.close(theirs)
        self.raw = b""
        self._thread = threading.Thread(target=self._read, args=(ours,), daemon=True)
        self._thread.start()

    @property
    def text(self) -> str:
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.raw.decode(errors="replace"))

    def _read(self, ours: int) -> None:
        with open(ours, "rb", buffering=0) as stream:
            while data := self._next(stream):
                self.raw += data

    def _next(self, stream) -> bytes:
        try:
            return stream.read(1 << 12) or b""
        except OSError:  # a terminal whose other end is gone
            return b""

    def __enter__(self) -> "Tail":
        return self

    def __exit__(self, *exc: object) -> None:
        self.child.kill()
        self.child.wait()
        self._thread.join(10)


def test_a_pipe_gets_one_line_for_each_final(broker, session_id):
    with Tail(broker, "--session", session_id, "--channel", "C01", terminal=False) as tail:
        until(lambda: "ready" in tail.text, again=lambda: publish(broker, segment(session_id, 0, "ready")))
        publish(broker, segment(session_id, 1, "guessed", final=False, revision=1))
        publish(broker, segment(session_id, 2, "elsewhere", channel_id="C02"))
        publish(broker, segment(f"{session_id}-other", 3, "other session"))
        publish(broker, segment(session_id, 4, "hold position"))
        until(lambda: "hold position" in tail.text)
        tail.child.send_signal(2)
        assert tail.child.wait(20) == 0
    lines = [line for line in tail.text.splitlines() if "ready" not in line]
    assert lines == ["08:53:24  C01  hold position"]


def test_a_terminal_shows_guesses_until_the_final_comes(broker, session_id):
    with Tail(broker, "--session", session_id, terminal=True) as tail:
        guess = segment(session_id, 1, "hold posi", final=False, revision=1)
        until(lambda: "hold posi …" in tail.text, again=lambda: publish(broker, guess))
        publish(broker, segment(session_id, 1, "hold position"))
        until(lambda: re.search(r"08:53:21 +C01 +hold position\r?\n", tail.text))
        shown_at = len(tail.raw)
        until(lambda: len(tail.raw) > shown_at + 50 or time.sleep(0.5) or True)
        assert "hold posi …" not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", tail.raw[shown_at:].decode(errors="replace"))
