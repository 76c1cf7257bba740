"""Asks, streams, inserts and fails through clickhouse-connect and prints what it saw as JSON.

python client.py HOST:PORT DATABASE
"""

import json
import sys
from collections.abc import Callable

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError

STREAM = "SELECT number, toString(number) AS s FROM numbers(1000000)"
LATE = "SELECT number + throwIf(number = 900000) AS number, 'x' AS s FROM numbers(1000000)"


def main(address: str, database: str) -> None:
    host, port = address.split(":")
    with clickhouse_connect.get_client(host=host, port=int(port), database=database, compress=True) as client:
        streamed, total = stream(client, STREAM)
        seen = {
            "tables": [name for (name,) in client.query("SHOW TABLES").result_rows],
            "empty": list(client.query("SELECT * FROM kinds WHERE 0").column_names),
            "copied": copy_rows(client),
            "streamed": streamed,
            "sum": total,
            "parameter": client.query("SELECT {name:String}", parameters={"name": "it's\t한국어"}).first_row[0],
            "failed": fails(lambda: client.query("SELECT * FROM nowhere")),
            "failed_late": fails(lambda: stream(client, LATE)),
            "failed_rows": fails(lambda: client.command("INSERT INTO copied (id) SELECT toUInt32('x')")),
        }
    sys.stdout.write(json.dumps(seen))


def copy_rows(client: Client) -> int:
    """Reads every row of kinds in the driver's own types and inserts it into copied."""
    rows = client.query("SELECT * FROM kinds ORDER BY id").result_rows
    client.insert("copied", rows)
    return len(rows)


def stream(client: Client, query: str) -> tuple[int, int]:
    count = total = 0
    with client.query_row_block_stream(query) as blocks:
        for block in blocks:
            count += len(block)
            total += sum(number for number, _ in block)
    return count, total


def fails(action: Callable[[], object]) -> dict[str, object]:
    try:
        action()
    except ClickHouseError as error:
        return {"code": getattr(error, "code", None), "message": str(error)}
    return {"code": 0, "message": ""}


if __name__ == "__main__":
    main(*sys.argv[1:])
