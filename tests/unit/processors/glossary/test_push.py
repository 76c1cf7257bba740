from processors.glossary.push import changes_between
from schemas.events import GlossaryTerm


def term(name: str, *aliases: str) -> GlossaryTerm:
    return GlossaryTerm(name, aliases, "", "")


def test_says_what_becomes_of_each_term():
    old = [term("a"), term("b", "x"), term("c")]
    changes = changes_between(old, [term("d"), term("b", "y"), term("a")])
    assert changes.added == ("d",)
    assert changes.changed == ("b",)
    assert changes.removed == ("c",)
    assert changes.unchanged == ("a",)
