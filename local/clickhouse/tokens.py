"""SQL cut into tokens as the engine's lexer cuts it; what the two might read differently is refused.

An INSERT's data may be any bytes, so the text is read as bytes, token by token, and only as far as needed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "name", "quoted", "heredoc", "number", "sign", "curly"]

# The lexer skips spaces of Unicode and stops at every other letter beyond ASCII: outside quotes both are space here.
_TOKEN = re.compile(
    rb"""(?xs)
    (?P<curly>\xe2\x80[\x98\x99\x9c\x9d])
  | (?P<space>\s+ | [\x00\x80-\xff] | --[^\n]* | \#[!\ ][^\n]* | /\*.*?(?:\*/|\Z))
  | (?P<quoted>'(?:[^'\\]|\\.|'')*'? | `(?:[^`\\]|\\.|``)*`? | "(?:[^"\\]|\\.|"")*"?)
  | (?P<heredoc>\$(?P<tag>\w*)\$.*?\$(?P=tag)\$)
  | (?P<word>[A-Za-z_$][\w$]*)
  | (?P<number>\d\w*)
  | (?P<sign>.)
    """
)
_OPEN, _CLOSE = b"([{", b")]}"


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `start` and `end` count bytes."""

    kind: Kind
    text: str
    """A word or a quoted name in capitals; of everything else the first character."""
    start: int
    end: int
    depth: int
    """So many brackets are open around it."""

    @property
    def names(self) -> bool:
        """Whether it can name something."""
        return self.kind in ("word", "name")


def tokens_of(text: bytes) -> Iterator[Token]:
    """The tokens without spaces and comments. `curly` is a typographic quote, which the lexer takes for a plain one."""
    depth = 0
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup if match.lastgroup != "tag" else "heredoc"
        if kind == "space":
            continue
        value = match.group()
        if value in _CLOSE:
            depth -= 1
        yield _token(kind, match, depth)
        if value in _OPEN:
            depth += 1


def _token(kind: str | None, match: re.Match[bytes], depth: int) -> Token:
    text = match.group().decode(errors="replace")
    if kind == "word":
        text = text.upper()
    elif text[0] in '`"':
        kind, text = "name", text[1:-1].upper()
    else:
        text = text[0]
    return Token(kind, text, match.start(), match.end(), depth)  # type: ignore[arg-type]  # the pattern's own groups
