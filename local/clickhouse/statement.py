"""A statement's outline: its verb, its format, and where the SQL ends and the data of an INSERT begins.

An INSERT's data may be any bytes, so the text is read as bytes, token by token, and only as far as needed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from local.clickhouse.faults import ACCESS_DENIED, SYNTAX_ERROR, fault

_TOKEN = re.compile(
    rb"""(?xs)
    (?P<space>\s+ | --[^\n]* | \#[!\ ][^\n]* | /\*.*?(?:\*/|\Z))
  | (?P<quoted>'(?:[^'\\]|\\.|'')*'? | `(?:[^`\\]|\\.|``)*`? | "(?:[^"\\]|\\.|"")*"?)
  | (?P<heredoc>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
  | (?P<word>[A-Za-z_\x80-\xff][\w\x80-\xff]*)
  | (?P<number>\d\w*)
  | (?P<sign>.)
    """
)
_OPEN, _CLOSE = b"([{", b")]}"
_DATA_START = re.compile(rb"[ \t\f]*(?:\r?\n)?")
# The engine runs with this user's rights and these reach the file system or start programs. A real server confines
# them to a folder; here nothing does, and whatever can reach the loopback address could use them.
_DENIED_CALLS = frozenset({"FILE", "FILECLUSTER", "EXECUTABLE", "EXECUTABLEPOOL", "PYTHON"})
_DENIED_WORDS = frozenset({"OUTFILE", "INFILE"})
_DENIED_IN_VALUES = re.compile(rb"(?i)\b(?:file|filecluster|executable|executablepool|python)|[`\"]\s*\(")
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
    has_totals: bool = False
    inserts: bool = False
    """Whether INSERT stands anywhere at the top level (WITH … INSERT does)."""

    @property
    def selects(self) -> bool:
        """Whether it returns rows that can be read block by block."""
        return self.verb in _SELECTING and not self.inserts

    @property
    def only_reads(self) -> bool:
        """Whether it leaves tables as they are."""
        return self.verb in _READING and not self.inserts


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    start: int
    end: int
    depth: int


def read_statement(text: bytes) -> Statement:
    """Takes one statement apart. Raises Fault for several at once, and for what reaches the file system."""
    tokens: list[_Token] = []
    for token in _tokens(text):
        _deny(tokens, token)
        tokens.append(token)
        if tokens[0].text == "INSERT":
            insert = _insert_with_data(text, tokens)
            if insert is not None:
                return insert
    if not tokens:
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: empty query")
    return _outline(text, _one_statement(tokens))


def _tokens(text: bytes) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "heredoc"
        if kind == "space":
            continue
        value = match.group()
        if value in _CLOSE:
            depth -= 1
        yield _token(str(kind), match, depth)
        if value in _OPEN:
            depth += 1


def _token(kind: str, match: re.Match[bytes], depth: int) -> _Token:
    text = match.group().decode(errors="replace")
    if kind == "word":
        text = text.upper()
    elif text[0] in '`"':
        kind, text = "name", text[1:-1].upper()
    else:
        text = text[0]
    return _Token(kind, text, match.start(), match.end(), depth)


def _deny(before: list[_Token], token: _Token) -> None:
    if not before or before[-1].kind not in ("word", "name"):
        return
    word = before[-1].text
    is_call = token.text == "(" and (word in _DENIED_CALLS or "\\" in word)
    if is_call or (word in _DENIED_WORDS and before[-1].kind == "word"):
        raise fault(ACCESS_DENIED, "ACCESS_DENIED", f"{word} is not allowed here: it reaches beyond the database")


def _insert_with_data(text: bytes, tokens: list[_Token]) -> Statement | None:
    """The INSERT, once its tokens so far show where its data begins."""
    last = tokens[-1]
    if last.depth or last.kind != "word" or len(tokens) < 3:
        return None
    before = tokens[-2]
    if before.text == "FORMAT" and before.kind == "word" and not before.depth and not _is_name(tokens, -2):
        return _insert(text, before.start, last, text[last.start : last.end].decode())
    if last.text == "VALUES" and not _is_name(tokens, -1):
        statement = _insert(text, last.start, last, "Values")
        _deny_in_values(statement.data or b"")
        return statement
    return None


def _is_name(tokens: list[_Token], index: int) -> bool:
    """Whether the word is the table's name, which may be any word."""
    before = tokens[index - 1]
    return before.text in ("INTO", "TABLE", "FUNCTION", ".")


def _insert(text: bytes, end: int, last: _Token, data_format: str) -> Statement:
    start = _DATA_START.match(text, last.end)
    return Statement(
        verb="INSERT",
        sql=_decoded(text[:end]),
        format=data_format,
        data=text[start.end() if start else last.end :],
        inserts=True,
    )


def _deny_in_values(data: bytes) -> None:
    """VALUES may hold expressions; a full reading of megabytes is spared where no denied name stands at all."""
    if _DENIED_IN_VALUES.search(data):
        tokens: list[_Token] = []
        for token in _tokens(data):
            _deny(tokens, token)
            tokens = [token]


def _one_statement(tokens: list[_Token]) -> list[_Token]:
    for index, token in enumerate(tokens):
        if token.text == ";" and token.kind == "sign":
            if any(other.text != ";" for other in tokens[index:]):
                raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
            return tokens[:index]
    return tokens


def _outline(text: bytes, tokens: list[_Token]) -> Statement:
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
        bare=_decoded(sql[: _word_before(tokens, found).start] + sql[found.end :]) if found else _decoded(sql),
        has_totals="TOTALS" in top,
        inserts=inserts,
    )


def _has_subquery(tokens: list[_Token]) -> bool:
    return any(one.text == "(" and two.text in ("SELECT", "WITH", "FROM") for one, two in pairwise(tokens))


def _result_format(tokens: list[_Token]) -> _Token | None:
    """The name after the last top-level FORMAT, if nothing but SETTINGS follows it."""
    for index in range(len(tokens) - 2, 0, -1):
        word, name = tokens[index], tokens[index + 1]
        if word.text == "FORMAT" and word.kind == name.kind == "word" and not word.depth:
            is_last = index + 2 == len(tokens) or tokens[index + 2].text == "SETTINGS"
            return name if is_last else None
    return None


def _word_before(tokens: list[_Token], name: _Token) -> _Token:
    return tokens[tokens.index(name) - 1]


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", f"the query is not UTF-8 at byte {error.start}") from error
