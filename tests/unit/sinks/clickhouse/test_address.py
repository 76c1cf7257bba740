import pytest

from sinks.clickhouse.address import Address, address_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:8200", Address(False, "127.0.0.1", 8200, "")),
        ("http://db.example", Address(False, "db.example", 8123, "")),
        ("https://db.example/", Address(True, "db.example", 8443, "")),
        ("https://[2001:db8::1]:443/warm/clickhouse/", Address(True, "2001:db8::1", 443, "/warm/clickhouse")),
    ],
)
def test_address_is_taken_apart(url, address):
    assert address_of(url) == address


def test_scheme_is_kept():
    assert [address_of(f"{scheme}://h").scheme for scheme in ("http", "https")] == ["http", "https"]
