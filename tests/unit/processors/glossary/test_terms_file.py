import unicodedata
from pathlib import Path

import pytest

from processors.glossary.terms_file import load_terms
from runtime.errors import GlossaryError
from schemas.events import GlossaryTerm


@pytest.fixture
def write(tmp_path: Path):
    path = tmp_path / "glossary.yaml"

    def _write(text: str | bytes) -> Path:
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return _write


def test_loads_entries(write):
    path = write(
        "# radio\n- term: ECMO\n  aliases: [에크모, e c m o]\n  language: ko\n  category: device\n"
        "- term: '007'\n- {term: no, language: no}\n"
    )
    assert load_terms(path) == [
        GlossaryTerm("ECMO", ("에크모", "e c m o"), "ko", "device"),
        GlossaryTerm("007", (), "", ""),
        GlossaryTerm("no", (), "no", ""),
    ]


def test_a_priority_is_a_whole_number(write):
    terms = load_terms(write("- term: a\n  priority: 10\n- term: b\n  priority: '-1000'\n- term: c\n  priority:\n"))
    assert [term.priority for term in terms] == [10, -1000, 0]


def test_single_letters_of_hangul_are_syllables(write):
    name, alias = (unicodedata.normalize("NFD", text) for text in ("심폐소생술", "심페소생술"))
    assert load_terms(write(f"- term: {name}\n  aliases: [{alias}]\n")) == [
        GlossaryTerm("심폐소생술", ("심페소생술",), "", "")
    ]


def test_left_out_values_are_empty(write):
    assert load_terms(write("- term: a1\n  aliases:\n  language:\n  category: ~\n")) == [GlossaryTerm("a1", (), "", "")]


def test_a_glossary_without_terms_is_said_so(write):
    assert load_terms(write("[]")) == []


FAULTS = [
    ("", 1, "the file is empty"),
    ("# nothing", 1, "the file is empty"),
    ("terms:\n  - term: a", 1, "a list of entries"),
    ("just text", 1, "a list of entries"),
    ("- just text", 1, "an entry has fields"),
    ("- trem: a", 1, "unknown field `trem`"),
    ("- trem: a", 1, "an entry without a term"),
    ("- term: a\n  alias: [b]", 2, "unknown field `alias`"),
    ("- term: a\n  term: b", 2, "`term` is given twice"),
    ("- term:", 1, "empty term"),
    ("- term: ''", 1, "empty term"),
    ("- term: [a]", 1, "`term` must be one text"),
    ("- term: a\n  ? [x, {y: z}]\n  : [1, [2]]\n- term: ''", 2, "unknown field"),
    ("- term: a\n  aliases: b", 2, "`aliases` must be a list"),
    ("- term: a\n  aliases: {b: c}", 2, "`aliases` must be a list"),
    ("- term: a\n  aliases: [[b]]", 2, "`an alias` must be one text"),
    ("- term: a\n  aliases: ['']", 2, "empty alias"),
    ("- term: a\n  aliases: [b, B]", 2, "alias B is given twice for a"),
    ("- term: a\n  aliases: [a]", 2, "alias a is given twice for a"),
    ("- term: a\n- term: a", 2, "term a is already in line 1"),
    ("- term: ECMO\n- term: ecmo", 2, "term ecmo is already the term in line 1"),
    ("- term: a\n  aliases: [x]\n- term: b\n  aliases: [X]", 4, "alias X is already an alias of a in line 2"),
    ("- term: a\n  aliases: [b]\n- term: b", 3, "term b is already an alias of a in line 2"),
    ("- term: a\n  language: kr", 2, "unknown language kr (did you mean ko?)"),
    ("- term: a\n  language: klingon", 2, "unknown language klingon: give an ISO 639-1 code"),
    ("- term: '+-+'", 1, "has no letter or digit"),
    ('- term: "a\\nb"', 1, "holds a line break"),
    (f"- term: {'a' * 201}", 1, "term of 201 characters"),
    (f"- term: 혈압\n- term: {unicodedata.normalize('NFD', '혈압')}", 2, "is already in line 1"),
    ("- term: a\n  priority: high", 2, "priority high is no whole number"),
    ("- term: a\n  priority: 1001", 2, "priority 1001 is no whole number"),
    ("- term: a\n  priority: [1]", 2, "`priority` must be one text"),
    ("- term: &x a\n- *x", 2, "an entry has fields"),
]


@pytest.mark.parametrize(("text", "line", "fault"), FAULTS)
def test_says_what_is_wrong_and_where(write, text, line, fault):
    path = write(text)
    with pytest.raises(GlossaryError) as caught:
        load_terms(path)
    assert any(f"{path}:{line}: " in told and fault in told for told in str(caught.value).splitlines()), str(
        caught.value
    )


def test_every_fault_is_told_at_once(write):
    path = write("- term: ''\n- trem: b\n- term: c\n  language: kr\n")
    with pytest.raises(GlossaryError, match="4 faults in the glossary") as caught:
        load_terms(path)
    assert [line.split(":")[1] for line in str(caught.value).splitlines()[1:]] == ["1", "2", "2", "4"]


def test_a_flood_of_faults_is_cut_short(write):
    with pytest.raises(GlossaryError, match="… and 80 more"):
        load_terms(write("- term: ''\n" * 100))


def test_the_same_alias_may_serve_two_languages(write):
    path = write("- {term: a, aliases: [x], language: ko}\n- {term: b, aliases: [x], language: en}\n")
    assert len(load_terms(path)) == 2


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"- term: \xff\xfe", "is not UTF-8"),
        ("- term: [", "glossary.yaml:2: not YAML"),
        ("- term: a\n\tb", ":2: not YAML"),
    ],
)
def test_unreadable_files(write, content, fault):
    with pytest.raises(GlossaryError, match=fault):
        load_terms(write(content))


def test_a_missing_file(tmp_path):
    with pytest.raises(GlossaryError, match="No such file"):
        load_terms(tmp_path / "absent.yaml")


def test_a_folder(tmp_path):
    with pytest.raises(GlossaryError, match="Is a directory"):
        load_terms(tmp_path)


def test_a_hundred_thousand_entries(write):
    terms = load_terms(write("".join(f"- term: term {number}\n" for number in range(100_000))))
    assert (len(terms), terms[-1]) == (100_000, GlossaryTerm("term 99999", (), "", ""))
