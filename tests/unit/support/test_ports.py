import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.ports import FIRST, LAST
from tests.support import ports


def test_nobody_is_given_what_another_was_given() -> None:
    with ThreadPoolExecutor(8) as pool:
        given = [port for found in pool.map(lambda _: ports.free_ports(5), range(20)) for port in found]
    assert len(set(given)) == 100


def test_a_port_on_which_somebody_listens_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = ports.free_port()
    monkeypatch.setattr(ports, "COUNTER", tmp_path / "counter")
    ports.COUNTER.write_text(str(held))
    with socket.create_server(("127.0.0.1", held)):
        found = ports.free_ports(3)
    assert found[0] > held
    assert found == list(range(found[0], found[0] + 3))


def test_behind_the_last_port_comes_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "COUNTER", tmp_path / "counter")
    ports.COUNTER.write_text(str(LAST))
    assert FIRST <= ports.free_ports(2)[0] < LAST - 2
