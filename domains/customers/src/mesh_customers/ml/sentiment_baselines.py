"""What the sentiment model must beat: always the same answer, and a list of words."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mesh_customers.ml.sentiment_model import MOODS, NEGATIVE, NEUTRAL, POSITIVE, Floats, Ints
from mesh_customers.ml.sentiment_text import all_seen


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PRAISE = _words(
    """
    good great excellent best better love loved lovely like liked nice happy glad pleased satisfied perfect perfectly
    amazing awesome fantastic wonderful brilliant beautiful super friendly helpful fast quick easy comfortable quality
    recommend recommended thanks thank worth bargain fresh delicious
    gut gute guter super toll tolle spitze klasse zufrieden gerne schnell perfekt schön empfehlen danke lecker
    """
)
COMPLAINT = _words(
    """
    bad worse worst poor terrible awful horrible hate hated disappointed disappointing disappointment broken broke
    useless waste wrong rude slow late delayed lost missing damaged cheap expensive overpriced refund cancelled angry
    annoying unhappy problem problems fail failed worthless dirty
    schlecht schlechte enttäuscht kaputt leider teuer langsam nie mangelhaft fehlerhaft ausverkauft ärgerlich
    """
)


def majority(moods: Ints, size: int) -> Floats:
    """Give every text the shares of the moods that were learnt from."""
    shares = np.bincount(moods, minlength=len(MOODS)) / len(moods)
    return np.tile(shares, (size, 1))


def by_word_list(texts: Sequence[str]) -> Floats:
    """Count praise less complaint; a word that a negation turns around counts the other way.

    Returns:
        Certainty for the mood of the balance; none or evenly both is neutral.
    """
    balance = np.array([sum(map(_weight, text.split())) for text in all_seen(texts)], np.int64)
    moods = np.where(balance < 0, NEGATIVE, np.where(balance > 0, POSITIVE, NEUTRAL))
    return np.eye(len(MOODS))[moods]


def _weight(word: str) -> int:
    plain = word.lower()
    weight = (plain in PRAISE) - (plain in COMPLAINT)
    return -weight if word != plain else weight
