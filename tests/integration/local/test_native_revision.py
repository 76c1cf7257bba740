"""Native blocks of a client's revision, over columns that the real engine fills with random values of every type."""

import httpx
import pytest

REVISION = "54460"
SETTINGS = {"allow_suspicious_low_cardinality_types": "1", "allow_experimental_variant_type": "1"}
STRUCTURES = [
    "a UInt8, b Int256, c Float32, d Bool, e Enum8('x,' = 1, '(' = 2), f Decimal(76, 5), g Decimal(4, 1)",
    "a String, b FixedString(7), c Nullable(String), d LowCardinality(Nullable(FixedString(3)))",
    "a Date, b Date32, c DateTime('Asia/Seoul'), d DateTime64(6), e UUID, f IPv4, g IPv6",
    "a Array(Array(LowCardinality(Nullable(String)))), b Map(LowCardinality(String), Array(UInt8))",
    "a Tuple(x UInt8, `y z` Tuple(LowCardinality(String), Array(String))), b Array(Nullable(UInt64))",
    "a Point, b Ring, c Polygon, d MultiPolygon",
]


def native(url: str, statement: str, **values: str) -> httpx.Response:
    values |= SETTINGS | {"default_format": "Native", "client_protocol_version": REVISION}
    return httpx.post(url, params=values, content=statement.encode(), timeout=60)


@pytest.mark.parametrize("structure", STRUCTURES)
@pytest.mark.parametrize("rows", [1, 700])
def test_every_column_is_found(clickhouse, structure, rows):
    """Its own check is that each column begins where the one before ends, and the last one ends with the block."""
    quoted = structure.replace("'", "\\'")
    statement = f"SELECT * FROM generateRandom('{quoted}', 7, 40, 5) LIMIT {rows} SETTINGS max_block_size = 100"
    answer = native(clickhouse.url, statement)
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(bytes.fromhex("010002ffffffff00"))
    assert len(answer.content) > rows


def test_variant_and_json_as_text(clickhouse):
    variant = (
        "SELECT if(number % 2, CAST(number, 'Variant(String, UInt64)'), CAST('x', 'Variant(String, UInt64)')) AS v"
    )
    assert native(clickhouse.url, f"{variant}, number AS n FROM numbers(9)").status_code == 200
    json = "SELECT CAST('{\"a\": 1}', 'JSON') AS j, 1 AS one"
    as_text = native(clickhouse.url, json, output_format_native_write_json_as_string="1")
    assert b'{"a":1}\x03one\x05UInt8\x00\x01' in as_text.content


def test_totals_and_statements_that_are_no_select(clickhouse):
    totals = "SELECT toString(number % 2) AS odd, count() FROM numbers(9) GROUP BY odd WITH TOTALS"
    for statement in (totals, "SHOW DATABASES", "DESCRIBE TABLE (SELECT 1)", "EXPLAIN SELECT 1"):
        answer = native(clickhouse.url, statement)
        assert answer.status_code == 200, answer.text
        assert answer.content.startswith(bytes.fromhex("010002ffffffff00"))


@pytest.mark.parametrize("expression", ["CAST('x', 'Dynamic')", "CAST('{}', 'JSON')", "sumState(1)"])
def test_type_that_cannot_be_walked_is_refused_with_another_way(clickhouse, expression):
    answer = native(clickhouse.url, f"SELECT {expression}")
    assert (answer.status_code, answer.headers["X-ClickHouse-Exception-Code"]) == (501, "48")
    assert "ask with another FORMAT" in answer.text


def test_other_formats_and_older_revisions_stay_as_they_are(clickhouse):
    assert native(clickhouse.url, "SELECT 1 FORMAT TSV").text == "1\n"
    older = httpx.post(
        clickhouse.url,
        params={"client_protocol_version": "54405", "default_format": "Native"},
        content=b"SELECT 1 AS one",
    )
    assert older.content == b"\x01\x01\x03one\x05UInt8\x01"
