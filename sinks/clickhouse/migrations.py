"""The numbered schema files, and which of them a database still needs."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from runtime.errors import ConfigError

FOLDER = Path(__file__).parents[2] / "schemas" / "clickhouse"
_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_MADE = re.compile(r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:MATERIALIZED\s+)?(?:TABLE|VIEW)\s+(?:IF\s+NOT\s+EXISTS\s+)?(\w+)")
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered schema file."""

    number: int
    name: str
    statements: tuple[str, ...]
    digest: str


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Every migration, by number. Raises ConfigError on a misnamed file or a number used twice."""
    found: dict[int, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None:
            raise ConfigError(f"{path}: a migration is named NNNN_what.sql")
        number = int(match[1])
        if number in found:
            raise ConfigError(f"{path}: the number of {found[number].name} is used twice")
        text = path.read_text(encoding="utf-8")
        digest = hashlib.sha256(text.encode()).hexdigest()
        found[number] = Migration(number, match[2], statements_of(text), digest)
    return [found[number] for number in sorted(found)]


def statements_of(text: str) -> tuple[str, ...]:
    """The statements of a file: each ends with a semicolon at the end of a line; lines of comment fall away."""
    parts = re.split(r";\s*$", _COMMENT.sub("", text), flags=re.MULTILINE)
    return tuple(part.strip() for part in parts if part.strip())


def names_made(known: Iterable[Migration]) -> list[str]:
    """The tables and views that these make, in their order."""
    made = (_MADE.match(statement) for migration in known for statement in migration.statements)
    return list(dict.fromkeys(match[1] for match in made if match))


def missing(known: Sequence[Migration], applied: Mapping[int, str], database: str) -> list[Migration]:
    """What `database` still needs, given number and digest of what it has. Raises ConfigError if it is newer."""
    newest = max((migration.number for migration in known), default=0)
    if applied and max(applied) > newest:
        raise ConfigError(
            f"database {database} has schema {max(applied)}, but this program knows only up to {newest}: "
            "upgrade the program, or give it another EARSHOT_CLICKHOUSE__DATABASE"
        )
    for migration in known:
        if applied.get(migration.number, migration.digest) != migration.digest:
            raise ConfigError(
                f"database {database} was made by another {migration.number:04}_{migration.name}.sql than this "
                "program's: use the program that made it, or another EARSHOT_CLICKHOUSE__DATABASE"
            )
    return [migration for migration in known if migration.number not in applied]
