from dataclasses import replace

import pytest

from processors.glossary.version import version_of
from schemas.events import GlossaryTerm

TERMS = (GlossaryTerm("ECMO", ("에크모",), "ko", "device"), GlossaryTerm("혈압", (), "", ""))


def test_order_does_not_matter():
    assert version_of(TERMS) == version_of(reversed(TERMS))


@pytest.mark.parametrize("change", [{"term": "EKMO"}, {"aliases": ()}, {"language": "en"}, {"category": "tool"}])
def test_any_change_shows(change):
    assert version_of((replace(TERMS[0], **change), TERMS[1])) != version_of(TERMS)


def test_no_terms_have_no_version():
    assert version_of(()) == ""
