"""What of a post's text the sentiment model sees: words, with those that a negation turns around written in capitals.

Handles, web addresses and case are no opinion and are gone. Everything left is small letters, so that the capitals are
free to mark negation: in "not GOOD at all" each n-gram of GOOD is another than those of "good" (after Pang, Lee and
Vaithyanathan 2002, who wrote NOT_good), for the n-grams of characters as well as for those of words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

APOSTROPHE = "['\u2019]"
TOKEN = rf"[^\W\d_]+(?:{APOSTROPHE}[^\W\d_]+)?|[.,;:!?]+|[^\w\s.,;:!?]+"
"""A word with its apostrophe, a run of stops, or a run of signs such as an emoticon. Numbers name things: left out."""
NO_OPINION = re.compile(r"https?://\S+|www\.\S+|@\w+")
LENGTHENED = re.compile(r"(.)\1{2,}")
STOP = re.compile(r"[.,;:!?]+")
NEGATION = re.compile(
    rf"(not|no|never|nothing|nobody|none|neither|nor|cannot|without|hardly|\w+n{APOSTROPHE}t"
    r"|nicht|kein\w*|nie|niemals|nichts|niemand|ohne|kaum)"
)
"""Words that turn the ones after them around until the next stop: grammar of the languages in the data, no opinion."""


def seen(text: str) -> str:
    """Write a text as the model sees it: its tokens between spaces.

    Args:
        text: A post's text in any language; those without a known negation are read plainly.
    """
    plain = unicodedata.normalize("NFKC", text).lower()
    plain = LENGTHENED.sub(r"\1\1", NO_OPINION.sub(" ", plain))
    tokens, turned = [], False
    for token in re.findall(TOKEN, plain):
        if STOP.fullmatch(token):
            turned = False
        tokens.append(token.upper() if turned and not NEGATION.fullmatch(token) else token)
        turned = turned or NEGATION.fullmatch(token) is not None
    return " ".join(tokens)


def all_seen(texts: Iterable[str]) -> list[str]:
    """Write texts as the model sees them."""
    return [seen(text) for text in texts]
