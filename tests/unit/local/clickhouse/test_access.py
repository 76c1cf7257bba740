import base64

import pytest

from local.clickhouse.access import Credentials, check_access, users_of
from local.clickhouse.faults import Fault

OPEN = Credentials()
CLOSED = Credentials("earshot", "secret")


def basic(text: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize(
    ("credentials", "headers", "values"),
    [
        (OPEN, {}, {}),
        (OPEN, basic("default:"), {}),
        (OPEN, basic("default:null"), {}),
        (OPEN, {"X-ClickHouse-User": "default", "X-ClickHouse-Key": "any"}, {}),
        (CLOSED, basic("earshot:secret"), {}),
        (CLOSED, {"X-ClickHouse-User": "earshot", "X-ClickHouse-Key": "secret"}, {}),
        (CLOSED, {}, {"user": "earshot", "password": "secret"}),
        (OPEN, {"Host": "localhost:8123", "Origin": "http://127.0.0.1:3000"}, {}),
        (OPEN, {"Host": "[::1]:8123"}, {}),
    ],
)
def test_let_in(credentials, headers, values):
    check_access((credentials,), headers, values)


@pytest.mark.parametrize(
    ("credentials", "headers", "status"),
    [
        (OPEN, basic("other:"), 403),
        (CLOSED, {}, 401),
        (CLOSED, basic("earshot:wrong"), 403),
        (CLOSED, basic("earshot:"), 401),
        (CLOSED, {"Authorization": "Basic ???"}, 403),
        (OPEN, {"Host": "rebound.example:8123"}, 403),
        (OPEN, {"Origin": "https://page.example"}, 403),
        (OPEN, {"Origin": "null"}, 403),
    ],
)
def test_kept_out(credentials, headers, status):
    with pytest.raises(Fault) as raised:
        check_access((credentials,), headers, {})
    assert raised.value.status == status
    assert "secret" not in raised.value.text


def test_password_is_not_shown():
    assert "secret" not in repr(CLOSED)


@pytest.mark.parametrize(("name", "only_reads"), [("default", False), ("reader", True)])
def test_who_asks_is_known_by_the_name(name, only_reads):
    users = users_of(OPEN, Credentials("reader", only_reads=True))
    assert check_access(users, {"X-ClickHouse-User": name}, {}).only_reads == only_reads


def test_a_reader_without_a_password_is_no_way_past_one():
    assert users_of(CLOSED, Credentials("reader", only_reads=True)) == (CLOSED,)
    reader = Credentials("reader", "other", only_reads=True)
    assert users_of(CLOSED, reader) == (CLOSED, reader)
