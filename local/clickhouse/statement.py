"""A statement's outline: its verb, its format, and where the SQL ends and the data of an INSERT begins."""

import re
from dataclasses import dataclass
from itertools import pairwise

from local.clickhouse.faults import SYNTAX_ERROR, fault
from local.clickhouse.gate import Gate, require_statement, see_values
from local.clickhouse.outside import Outside
from local.clickhouse.tokens import Token, tokens_of

_DATA_START = re.compile(rb"[ \t\f]*(?:\r?\n)?")
_READING = frozenset({"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "USE", "SET"})
_SELECTING = frozenset({"SELECT", "WITH", "FROM"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, taken apart as far as the HTTP interface needs."""

    verb: str
    """Its first word in capitals."""
    sql: str
    """What the engine is told; of an INSERT with data, what comes before FORMAT or VALUES."""
    format: str = ""
    """The format it names, of its result or of an INSERT's data; VALUES counts as one."""
    data: bytes | None = None
    """The rest of an INSERT's text, where data may begin; None for every other statement."""
    bare: str = ""
    """A SELECT without its FORMAT, fit to be a subquery."""
    tail: str = ""
    """What begins with its last FORMAT; of an INSERT with data, its SETTINGS."""
    has_totals: bool = False
    inserts: bool = False
    """Whether INSERT stands anywhere at the top level (WITH … INSERT does)."""

    @property
    def selects(self) -> bool:
        """Whether it returns rows that can be read block by block."""
        return self.verb in _SELECTING and not self.inserts

    def with_target(self, target: str) -> str:
        """The text with an INTO OUTFILE where it belongs."""
        return f"{self.sql[: len(self.sql) - len(self.tail)]} {target} {self.tail}"

    def with_source(self, source: str, data_format: str) -> str:
        """The text of an INSERT with a FROM INFILE where it belongs; `data_format` unless it names one."""
        return f"{self.sql[: len(self.sql) - len(self.tail)]} {source} {self.tail} FORMAT {self.format or data_format}"

    @property
    def only_reads(self) -> bool:
        """Whether it leaves tables as they are."""
        return self.verb in _READING and not self.inserts


def read_statement(text: bytes, outside: Outside) -> Statement:
    """Takes one statement apart. Raises Fault for several at once, and for what is `outside`."""
    gate = Gate(outside, text)
    tokens: list[Token] = []
    for token in tokens_of(text):
        gate.see(token)
        tokens.append(token)
        if tokens[0].text == "INSERT":
            insert = _insert_with_data(text, tokens)
            if insert is not None:
                if insert.format.upper() == "VALUES":
                    see_values(insert.data or b"", outside)
                return insert
    statement = _outline(text, _one_statement(tokens))
    require_statement(tokens)
    return statement


def _insert_with_data(text: bytes, tokens: list[Token]) -> Statement | None:
    """The INSERT, once its tokens so far show where its data begins."""
    last = tokens[-1]
    if last.depth or last.kind != "word" or len(tokens) < 3:
        return None
    before = tokens[-2]
    if before.text == "FORMAT" and before.kind == "word" and not before.depth and not _is_name(tokens, -2):
        return _insert(text, tokens, before.start, text[last.start : last.end].decode())
    if last.text == "VALUES" and not _is_name(tokens, -1):
        return _insert(text, tokens, last.start, "Values")
    return None


def _is_name(tokens: list[Token], index: int) -> bool:
    """Whether the word is the table's name, which may be any word."""
    before = tokens[index - 1]
    return before.text in ("INTO", "TABLE", "FUNCTION", ".")


def _insert(text: bytes, tokens: list[Token], end: int, data_format: str) -> Statement:
    start = _DATA_START.match(text, tokens[-1].end)
    return Statement(
        verb="INSERT",
        sql=_decoded(text[:end]),
        format=data_format,
        data=text[start.end() if start else tokens[-1].end :],
        tail=_decoded(text[_settings_start(tokens, end) : end]),
        inserts=True,
    )


def _settings_start(tokens: list[Token], end: int) -> int:
    """Where the SETTINGS of an INSERT begin, or `end` where it has none."""
    for index, token in enumerate(tokens):
        if token.text == "SETTINGS" and token.kind == "word" and not token.depth and not _is_name(tokens, index):
            return token.start
    return end


def _one_statement(tokens: list[Token]) -> list[Token]:
    for index, token in enumerate(tokens):
        if token.text == ";" and token.kind == "sign":
            if any(other.text != ";" for other in tokens[index:]):
                raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
            return tokens[:index]
    return tokens


def _outline(text: bytes, tokens: list[Token]) -> Statement:
    if not tokens:
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: empty query")
    sql = text[: tokens[-1].end]
    words = [token for token in tokens if token.kind == "word"]
    first = words[0].text if words else ""
    top = {token.text for token in words if not token.depth}
    inserts = "INSERT" in top
    is_data_open = first == "INSERT" and not top & {"SELECT", "WITH", "WATCH"} and not _has_subquery(tokens)
    found = _result_format(tokens)
    return Statement(
        verb=first,
        sql=_decoded(sql),
        format=_decoded(text[found.start : found.end]) if found else "",
        data=b"" if is_data_open else None,
        tail=_decoded(sql[_word_before(tokens, found).start :]) if found else "",
        bare=_decoded(sql[: _word_before(tokens, found).start] + sql[found.end :]) if found else _decoded(sql),
        has_totals="TOTALS" in top,
        inserts=inserts,
    )


def _has_subquery(tokens: list[Token]) -> bool:
    return any(one.text == "(" and two.text in ("SELECT", "WITH", "FROM") for one, two in pairwise(tokens))


def _result_format(tokens: list[Token]) -> Token | None:
    """The name after the last top-level FORMAT, if nothing but SETTINGS follows it."""
    for index in range(len(tokens) - 2, 0, -1):
        word, name = tokens[index], tokens[index + 1]
        if word.text == "FORMAT" and word.kind == name.kind == "word" and not word.depth:
            is_last = index + 2 == len(tokens) or tokens[index + 2].text == "SETTINGS"
            return name if is_last else None
    return None


def _word_before(tokens: list[Token], name: Token) -> Token:
    return tokens[tokens.index(name) - 1]


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", f"the query is not UTF-8 at byte {error.start}") from error
