"""Texts as words that a search can find."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+")
_COMMON = "a an and are as at be by for from has if in is it its of on or that the their this to was with"
_STOP_WORDS = frozenset(_COMMON.split())
"""Words that are in nearly every description and tell nothing apart."""


@lru_cache(maxsize=200_000)
def words_of(text: str) -> tuple[str, ...]:
    """Split a text into its words: small letters without accents, underscores and dots apart, stop words left out."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    return tuple(word for word in _WORD.findall(plain) if word not in _STOP_WORDS)


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name, and neighbouring ones as one word, as people half remember them ("netamount")."""
    words = words_of(name)
    return (*words, *joined(words))


def joined(words: tuple[str, ...]) -> tuple[str, ...]:
    """Each two neighbouring words as one."""
    return tuple(first + second for first, second in pairwise(words))
