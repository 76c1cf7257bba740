"""How a column's values lie in ClickHouse's Native format: enough of each type to find where they end.

A column is the prefixes of its type and of those in it, then the values, each type's together: of an array the
offsets, then all elements. Written after ClickHouse's documentation of the format and the engine's own output.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from local.clickhouse.faults import NOT_IMPLEMENTED, Fault, fault
from local.clickhouse.type_name import read_type_name, without_label
from local.clickhouse.varint import varint_at

_NUMBER = struct.Struct("<Q")
_WIDTHS = {
    1: ("UInt8", "Int8", "Bool", "Enum8", "Nothing"),
    2: ("UInt16", "Int16", "BFloat16", "Date", "Enum16"),
    4: ("UInt32", "Int32", "Float32", "Date32", "DateTime", "Time", "IPv4"),
    8: ("UInt64", "Int64", "Float64", "DateTime64", "Time64"),
    16: ("UInt128", "Int128", "UUID", "IPv6"),
    32: ("UInt256", "Int256"),
}
_WIDTH_OF = {name: width for width, names in _WIDTHS.items() for name in names}
_DECIMAL_WIDTHS = ((9, 4), (18, 8), (38, 16), (76, 32))
_MEANT = {
    "Point": "Tuple(Float64, Float64)",
    "Ring": "Array(Point)",
    "LineString": "Array(Point)",
    "Polygon": "Array(Ring)",
    "MultiLineString": "Array(LineString)",
    "MultiPolygon": "Array(Polygon)",
}
_MORE_KEYS = 1 << 9

Arguments = tuple[str, ...]


class Layout(Protocol):
    """Where the parts of a column end; all positions are bytes in the block."""

    def after_prefix(self, data: bytes, at: int) -> int:
        """The end of the prefix that begins at `at`."""

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        """The end of the values of `rows` rows that begin at `at`."""


@dataclass(frozen=True, slots=True)
class _Fixed:
    width: int

    def after_prefix(self, data: bytes, at: int) -> int:
        return at

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        return at + rows * self.width


@dataclass(frozen=True, slots=True)
class _Text:
    def after_prefix(self, data: bytes, at: int) -> int:
        return at

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        for _ in range(rows):
            size = data[at]
            if size < 0x80:  # nearly always, and a call for each would take most of the time
                at += 1 + size
            else:
                size, at = varint_at(data, at)
                at += size
        return at


@dataclass(frozen=True, slots=True)
class _Nullable:
    value: Layout

    def after_prefix(self, data: bytes, at: int) -> int:
        return self.value.after_prefix(data, at)

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        return self.value.after_values(data, at + rows, rows)


@dataclass(frozen=True, slots=True)
class _Array:
    element: Layout

    def after_prefix(self, data: bytes, at: int) -> int:
        return self.element.after_prefix(data, at)

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        at += 8 * rows
        elements = _number(data, at - 8) if rows else 0
        return self.element.after_values(data, at, elements)


@dataclass(frozen=True, slots=True)
class _Tuple:
    parts: tuple[Layout, ...]

    def after_prefix(self, data: bytes, at: int) -> int:
        for part in self.parts:
            at = part.after_prefix(data, at)
        return at

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        for part in self.parts:
            at = part.after_values(data, at, rows)
        return at


@dataclass(frozen=True, slots=True)
class _LowCardinality:
    key: Layout

    def after_prefix(self, data: bytes, at: int) -> int:
        return at + 8

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        if not rows:
            return at
        flags, at = _number(data, at), at + 8
        if flags & _MORE_KEYS:
            at = self.key.after_values(data, at + 8, _number(data, at))
        return at + 8 + (_number(data, at) << (flags & 0xFF))


@dataclass(frozen=True, slots=True)
class _Variant:
    kinds: tuple[Layout, ...]

    def after_prefix(self, data: bytes, at: int) -> int:
        if _number(data, at):
            raise _unknown("Variant with compact discriminators")
        at += 8
        for kind in self.kinds:
            at = kind.after_prefix(data, at)
        return at

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        chosen = data[at : at + rows]
        at += rows
        for number, kind in enumerate(self.kinds):
            at = kind.after_values(data, at, chosen.count(number))
        return at


@dataclass(frozen=True, slots=True)
class _JsonText:
    """JSON, where it is written as text."""

    def after_prefix(self, data: bytes, at: int) -> int:
        if _number(data, at) != 1:
            raise _unknown("JSON", ", or set output_format_native_write_json_as_string=1")
        return at + 8

    def after_values(self, data: bytes, at: int, rows: int) -> int:
        return _Text().after_values(data, at, rows)


def layout_of(type_name: str) -> Layout:
    """The layout of a type. Raises Fault for one that is not known here."""
    kind = read_type_name(_MEANT.get(type_name, type_name))
    if kind.name in _WIDTH_OF:
        return _Fixed(_WIDTH_OF[kind.name])
    if kind.name.startswith("Interval"):
        return _Fixed(8)
    if kind.name not in _MAKERS:
        raise _unknown(kind.name)
    return _MAKERS[kind.name](kind.arguments)


def _decimal(arguments: Arguments) -> Layout:
    precision = int(arguments[0])
    return _Fixed(next(width for digits, width in _DECIMAL_WIDTHS if precision <= digits))


def _tuple(arguments: Arguments) -> Layout:
    parts = tuple(layout_of(without_label(part)) for part in arguments)
    return _Tuple(parts) if parts else _Fixed(1)


_MAKERS: dict[str, Callable[[Arguments], Layout]] = {
    "String": lambda _: _Text(),
    "JSON": lambda _: _JsonText(),
    "FixedString": lambda arguments: _Fixed(int(arguments[0])),
    "Decimal": _decimal,
    "Nullable": lambda arguments: _Nullable(layout_of(arguments[0])),
    "LowCardinality": lambda arguments: _LowCardinality(layout_of(_without_nullable(arguments[0]))),
    "SimpleAggregateFunction": lambda arguments: layout_of(arguments[1]),
    "Array": lambda arguments: _Array(layout_of(arguments[0])),
    "Tuple": _tuple,
    "Map": lambda arguments: _Array(_tuple(arguments)),
    "Nested": lambda arguments: _Array(_tuple(arguments)),
    "Variant": lambda arguments: _Variant(tuple(map(layout_of, arguments))),
}


def _without_nullable(name: str) -> str:
    """A dictionary holds no NULL: the key 0 stands for it."""
    kind = read_type_name(name)
    return kind.arguments[0] if kind.name == "Nullable" else name


def _number(data: bytes, at: int) -> int:
    number: int = _NUMBER.unpack_from(data, at)[0]
    return number


def _unknown(name: str, other_way: str = "") -> Fault:
    return fault(
        NOT_IMPLEMENTED,
        "NOT_IMPLEMENTED",
        f"{name} cannot be written here in Native blocks of the revision that client_protocol_version asks for: turn "
        f"it into text in the query (toString, or finalizeAggregation){other_way}, or ask with another FORMAT",
    )
