import base64

import pytest

from local.clickhouse.access import Credentials, check_access
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
    check_access(credentials, headers, values)


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
        check_access(credentials, headers, {})
    assert raised.value.status == status
    assert "secret" not in raised.value.text


def test_password_is_not_shown():
    assert "secret" not in repr(CLOSED)
