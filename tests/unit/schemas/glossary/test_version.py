from dataclasses import replace

import pytest

from schemas.events import GlossaryTerm
from schemas.glossary.version import version_of

TERMS = (GlossaryTerm("ECMO", ("에크모",), "ko", "device"), GlossaryTerm("혈압", (), "", ""))


def test_order_does_not_matter():
    assert version_of(TERMS) == version_of(reversed(TERMS))


@pytest.mark.parametrize("change", [{"term": "EKMO"}, {"aliases": ()}, {"language": "en"}, {"category": "tool"}])
def test_any_change_shows(change):
    assert version_of((replace(TERMS[0], **change), TERMS[1])) != version_of(TERMS)


def test_no_terms_have_no_version():
    assert version_of(()) == ""


def test_without_a_priority_it_is_what_it_was_before_there_were_any():
    assert version_of(TERMS) == "cf6a8d861047"
    assert version_of((replace(TERMS[0], priority=1), TERMS[1])) != version_of(TERMS)
