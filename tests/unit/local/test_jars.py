import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from local.jars import Jar, JarSource, fetch_jars, kafka_version, read_list
from runtime.errors import LocalStackError
from tests.support.ports import free_port

BROKER = b"the broker"
LOGGING = b"the logging"


def jar(group: str, artifact: str, content: bytes) -> Jar:
    return Jar(group, artifact, "1.0", hashlib.sha256(content).hexdigest())


JARS = [jar("org.example", "kafka_2.13", BROKER), jar("org.example.log", "log", LOGGING)]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


def put(root: Path, one: Jar, content: bytes) -> None:
    path = root / one.repository_path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture
def mirror(tmp_path) -> Iterator[tuple[str, Path]]:
    root = tmp_path / "mirror"
    root.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/", root
        server.shutdown()
        thread.join()


def source(tmp_path: Path, url: str) -> JarSource:
    return JarSource(tmp_path / "cache", url, tmp_path / "m2")


def test_list_is_whole_and_names_no_host():
    jars = read_list()
    assert len(jars) == 46
    assert len({one.coordinates for one in jars}) == 46
    assert all(len(one.sha256) == 64 for one in jars)
    assert kafka_version(jars) == "4.3.1"


def test_jars_come_from_the_mirror_in_order_and_only_once(tmp_path, mirror):
    url, root = mirror
    put(root, JARS[0], BROKER)
    put(root, JARS[1], LOGGING)
    paths = fetch_jars(JARS, source(tmp_path, url))
    assert [path.read_bytes() for path in paths] == [BROKER, LOGGING]
    assert fetch_jars(JARS, source(tmp_path, "http://127.0.0.1:1/")) == paths
    assert {path.name for path in paths[0].parent.iterdir()} == {path.name for path in paths}


def test_local_maven_cache_is_looked_at_first_and_not_trusted(tmp_path, mirror):
    url, root = mirror
    put(tmp_path / "m2", JARS[0], BROKER)
    put(tmp_path / "m2", JARS[1], b"something else")
    put(root, JARS[1], LOGGING)
    assert [path.read_bytes() for path in fetch_jars(JARS, source(tmp_path, url))] == [BROKER, LOGGING]


def test_wrong_content_is_refused_and_leaves_nothing(tmp_path, mirror):
    url, root = mirror
    put(root, JARS[0], b"tampered")
    put(root, JARS[1], LOGGING)
    with pytest.raises(LocalStackError, match=r"org\.example:kafka_2\.13:1\.0 .*sha256"):
        fetch_jars(JARS, source(tmp_path, url))
    assert not (tmp_path / "cache" / "kafka-1.0" / JARS[0].file_name).exists()


def test_missing_jar_and_no_network_say_what_to_do(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr("local.jars.RETRY_PAUSE_S", 0)
    url, _ = mirror
    with pytest.raises(LocalStackError, match=r"HTTP 404.*EARSHOT_LOCAL__MAVEN_URL"):
        fetch_jars(JARS, source(tmp_path, url))
    with pytest.raises(LocalStackError, match=r"ConnectError.*go online"):
        fetch_jars(JARS, source(tmp_path, f"http://127.0.0.1:{free_port()}"))


def test_slow_fetching_says_how_far_it_is(tmp_path, mirror, monkeypatch):
    monkeypatch.setattr("local.jars.QUIET_S", -1)
    url, root = mirror
    put(root, JARS[0], BROKER)
    put(root, JARS[1], LOGGING)
    told: list[str] = []
    fetch_jars(JARS, source(tmp_path, url), told.append)
    assert told == [
        "fetching the broker's jars: 1 of 2",
        "fetching the broker's jars: 2 of 2",
        "fetched the broker's jars (2)",
    ]
