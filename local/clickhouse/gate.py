"""A statement's tokens held against what is refused, one after the other."""

from local.clickhouse.faults import SYNTAX_ERROR, fault
from local.clickhouse.outside import STATEMENTS, WORDS, Outside, refused
from local.clickhouse.tokens import Token, tokens_of

_SETTINGS = frozenset({"SET", "SETTINGS", "SETTING"})
_BEFORE_SETTING = _SETTINGS | {","}
_AFTER_SETTINGS = frozenset({"SELECT", "UNION", "INTERSECT", "EXCEPT"})
_NOTHING = Token("sign", "", 0, 0, 0)


class Gate:
    """Sees the tokens of one statement in their order. Raises Fault at the first that is refused."""

    def __init__(self, outside: Outside, text: bytes) -> None:
        self._outside = outside
        self._text = text
        self._last = _NOTHING
        self._before = _NOTHING
        self._settings_depth: int | None = None
        """The depth of the list of settings that we are in, if we are in one."""
        self._awaits_pattern = ""

    def see(self, token: Token) -> None:
        """The next token."""
        if token.kind == "curly":
            raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", "Syntax error: typographic quotes: write ' or \"")
        if self._awaits_pattern:
            self._see_pattern(token)
        if token.names:
            self._see_name(token)
        elif token.text == "(" and self._last.names:
            self._see_call()
        elif token.text == "=" and self._settings_depth is not None and self._last.text in self._outside.settings:
            raise refused(f"the setting {self._last.text.lower()}")
        self._follow_settings(token)
        self._before, self._last = self._last, token

    def _see_name(self, token: Token) -> None:
        if token.kind == "name" and "\\" in token.text:
            raise refused(f"the quoted name {token.text} with a backslash")
        is_qualified = self._last.text == "."
        if token.text in self._outside.functions and not is_qualified:
            raise refused(f"the function {token.text} (of a column of this name: write table.{token.text.lower()})")
        if token.kind == "word" and token.text in WORDS:
            raise refused(token.text)
        engine = self._before if self._last.text == "=" else self._last
        if engine.text == "ENGINE" and token.text in self._outside.engines:
            raise refused(f"the engine {token.text}")

    def _see_call(self) -> None:
        name = self._last.text
        if name in self._outside.calls:
            raise refused(name)
        if name in self._outside.ambiguous:
            self._awaits_pattern = name

    def _see_pattern(self, token: Token) -> None:
        """The function `format` begins with a pattern; the table function has the name of a format there."""
        if token.kind not in ("quoted", "heredoc") or b"{" not in self._text[token.start : token.end]:
            raise refused(f"{self._awaits_pattern} without a pattern such as '{{}}' first")
        self._awaits_pattern = ""

    def _follow_settings(self, token: Token) -> None:
        depth = self._settings_depth
        if depth is not None and token.depth < depth:
            self._settings_depth = None
        if token.kind == "word" and token.text in _SETTINGS and self._last.text != ".":
            self._settings_depth = token.depth
        elif token.text in _AFTER_SETTINGS and self._last.text not in _BEFORE_SETTING:
            self._settings_depth = None


def require_statement(tokens: list[Token]) -> None:
    """Raises Fault unless the statement begins with a word that is served here."""
    first = next((token for token in tokens if token.text != "("), _NOTHING)
    if first.kind != "word" or first.text not in STATEMENTS:
        text = f"Syntax error: failed at position {first.start + 1} ({first.text}): no statement served here begins so"
        raise fault(SYNTAX_ERROR, "SYNTAX_ERROR", text)


def see_values(data: bytes, outside: Outside) -> None:
    """VALUES may hold expressions; a full reading of megabytes is spared where no refused name stands at all."""
    if outside.pattern.search(data):
        gate = Gate(outside, data)
        for token in tokens_of(data):
            gate.see(token)
