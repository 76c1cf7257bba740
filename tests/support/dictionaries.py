"""The packaged word lists, loaded once for all tests of a process."""

from processors.glossary.words.vocabulary import Dictionaries

DICTIONARIES = Dictionaries()
