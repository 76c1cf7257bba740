import pytest

from local.clickhouse.type_name import TypeName, read_type_name, without_label


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("UInt8", "UInt8", ()),
        ("Tuple()", "Tuple", ()),
        ("DateTime64(3, 'UTC')", "DateTime64", ("3", "'UTC'")),
        ("Map(String, Array(Tuple(UInt8, String)))", "Map", ("String", "Array(Tuple(UInt8, String))")),
        (r"Tuple(`a, \`(b` UInt8, c Enum8('x,(' = 2))", "Tuple", (r"`a, \`(b` UInt8", "c Enum8('x,(' = 2)")),
        (r"Enum8('it\'s)' = 1, 'b' = 2)", "Enum8", (r"'it\'s)' = 1", "'b' = 2")),
    ],
)
def test_name_and_what_its_brackets_hold(text, name, arguments):
    assert read_type_name(text) == TypeName(name, arguments)


@pytest.mark.parametrize(
    ("argument", "kind"),
    [
        ("UInt8", "UInt8"),
        ("a UInt8", "UInt8"),
        ("`a b` Enum8('x y' = 1)", "Enum8('x y' = 1)"),
        ("Enum8('x' = 1)", "Enum8('x' = 1)"),
    ],
)
def test_label_before_a_type(argument, kind):
    assert without_label(argument) == kind
