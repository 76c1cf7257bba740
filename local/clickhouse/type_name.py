"""ClickHouse's names of types, taken apart: `Tuple(a UInt8, b Nullable(String))`."""

import re
from dataclasses import dataclass

_PIECE = re.compile(r"'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|\"(?:[^\"\\]|\\.)*\"|[(), ]|[^'`\"(), ]+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TypeName:
    """A type's name and what stands in its brackets, each as it is written."""

    name: str
    arguments: tuple[str, ...] = ()


def read_type_name(text: str) -> TypeName:
    """Takes one name apart. Enum's values, a column's own name and the like stay in the arguments."""
    name, bracket, rest = text.partition("(")
    if not bracket:
        return TypeName(text)
    return TypeName(name, tuple(_parts(rest.removesuffix(")"), ",")))


def without_label(argument: str) -> str:
    """The type in an argument of Tuple or Nested, which may have a name before it (`a UInt8`)."""
    label, *rest = _parts(argument, " ")
    return " ".join(rest) or label


def _parts(text: str, separator: str) -> list[str]:
    """The text, divided at the separators that stand in no brackets and no quotes."""
    parts, depth = [""], 0
    for piece in _PIECE.findall(text):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == separator and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts if part.strip()]
