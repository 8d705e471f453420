"""The text model itself: n-grams of words and characters, a logistic regression, probabilities that mean what they say.

It knows nothing of posts or products, so that the same model can be tried on other texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mesh_customers.ml.sentiment_text import all_seen
from mesh_platform.ml.recipe import Fitted

MOODS = ("negative", "neutral", "positive")
NEGATIVE, NEUTRAL, POSITIVE = range(3)

STRENGTHS = (0.5, 2.0, 8.0)
"""Inverse regularisations to choose from; wider steps than the differences they make."""
LATEST_SHARE = 0.25
"""The share of the learning texts, the latest ones, by which strength and temperature are chosen."""
TEMPERATURES = np.geomspace(0.4, 2.5, 64)
SPACED = r"\S+"
"""Tokens come with spaces between them."""
BATCH = 50_000
"""Texts predicted at once: their n-grams take about 100 MB."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def learn(texts: Sequence[str], moods: Ints, seed: int) -> Fitted:
    """Learn moods from texts.

    Args:
        texts: The texts, oldest first: the latest ones choose the strength of the regularisation and the temperature.
        moods: NEGATIVE, NEUTRAL or POSITIVE for each; all three occur.
        seed: For the solver.
    """
    words = all_seen(texts)
    old = round(len(words) * (1 - LATEST_SHARE))
    vectorisers, grams = _vectorised(words[:old])
    tried = [vectorisers | {"classifier": _classifier(grams, moods[:old], s, seed)} for s in STRENGTHS]
    found = [_warmth(_scores(fitted, words[old:]), moods[old:]) for fitted in tried]
    _, temperature, strength = min((loss, warmth, s) for (loss, warmth), s in zip(found, STRENGTHS, strict=True))
    vectorisers, grams = _vectorised(words)
    chosen = {"temperature": temperature, "strength": strength}
    return vectorisers | {"classifier": _classifier(grams, moods, strength, seed)} | chosen


def _vectorised(words: list[str]) -> tuple[Fitted, Any]:
    """Learn which n-grams there are, and count them."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer

    usual = {"lowercase": False, "sublinear_tf": True, "max_features": 100_000}
    by_word = TfidfVectorizer(token_pattern=SPACED, ngram_range=(1, 2), min_df=2, **usual)
    by_character = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=3, **usual)
    grams = hstack([by_word.fit_transform(words), by_character.fit_transform(words)], format="csr")
    return {"words": by_word, "characters": by_character}, grams


def _classifier(grams: Any, moods: Ints, strength: float, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with threadpool_limits(
        1
    ):  # its steps are small: more threads wait for each other, ten times as long when it is busy
        return LogisticRegression(C=strength, max_iter=500, random_state=seed).fit(grams, moods)


def _grams(fitted: Fitted, words: list[str]) -> Any:
    from scipy.sparse import hstack

    return hstack([fitted["words"].transform(words), fitted["characters"].transform(words)], format="csr")


def _scores(fitted: Fitted, words: list[str]) -> Floats:
    return np.asarray(fitted["classifier"].decision_function(_grams(fitted, words)), np.float64)


def _warmth(scores: Floats, moods: Ints) -> tuple[float, float]:
    """The temperature with the smallest log loss, and that loss (Guo et al. 2017)."""
    losses = [(_loss(softmax(scores / t), moods), float(t)) for t in TEMPERATURES]
    return min(losses)


def _loss(chances: Floats, moods: Ints) -> float:
    return float(-np.log(np.maximum(chances[np.arange(len(moods)), moods], 1e-12)).mean())


def softmax(scores: Floats) -> Floats:
    """Turn scores into probabilities, row by row."""
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), np.float64)


def chances(fitted: Fitted, texts: Sequence[str]) -> Floats:
    """Say how probable each mood is.

    Args:
        fitted: What `learn` made.
        texts: The texts; equal ones are looked at once.

    Returns:
        One row a text, one column a mood.
    """
    different: dict[str, int] = {}
    which = np.array([different.setdefault(words, len(different)) for words in all_seen(texts)], np.int64)
    words, edges = list(different), [*range(0, len(different), BATCH), len(different)]
    found = [softmax(_scores(fitted, words[a:b]) / fitted["temperature"]) for a, b in pairwise(edges)]
    return np.concatenate([np.zeros((0, len(MOODS))), *found])[which]


def polarity(found: Floats) -> Floats:
    """The score in [-1, 1]: how much more probable positive is than negative."""
    return found[:, POSITIVE] - found[:, NEGATIVE]


def word_weights(fitted: Fitted) -> list[tuple[str, float]]:
    """Single words and how much they speak for positive against negative, the most praising first."""
    names = fitted["words"].get_feature_names_out()
    weights = _pull(fitted)[: len(names)]
    found = [(str(n), float(w)) for n, w in zip(names, weights, strict=True) if n.isalpha() and n.islower()]
    return sorted(found, key=lambda one: (-one[1], one[0]))


def _pull(fitted: Fitted) -> Floats:
    """What a unit of each n-gram adds to the log odds of positive against negative."""
    weights = fitted["classifier"].coef_
    return np.asarray((weights[POSITIVE] - weights[NEGATIVE]) / fitted["temperature"], np.float64)


def contributions(fitted: Fitted, text: str) -> list[tuple[str, float]]:
    """Split the log odds of positive against negative over a text's words; the parts add up to the whole.

    Args:
        fitted: What `learn` made.
        text: The text. A word in capitals is one that a negation turned around.

    Returns:
        (word or pair of words, part), the strongest first; "(any post)" is what holds before a word is read.
    """
    [words] = all_seen([text])
    parts = _by_pair(fitted, words) + _by_character(fitted, words)
    start = fitted["classifier"].intercept_
    whole = {"(any post)": float((start[POSITIVE] - start[NEGATIVE]) / fitted["temperature"])}
    for word, part in parts:
        whole[word] = whole.get(word, 0.0) + part
    return sorted(((w, p) for w, p in whole.items() if p), key=lambda one: (-abs(one[1]), one[0]))


def _by_pair(fitted: Fitted, words: str) -> list[tuple[str, float]]:
    names, row = fitted["words"].get_feature_names_out(), fitted["words"].transform([words])
    pull = _pull(fitted)[: len(names)]
    return [(str(names[i]), float(x * pull[i])) for i, x in zip(row.indices, row.data, strict=True)]


def _by_character(fitted: Fitted, words: str) -> list[tuple[str, float]]:
    """Each n-gram of characters counts for the words that it comes from, by how often it does."""
    vectoriser, row = fitted["characters"], fitted["characters"].transform([words])
    pull = _pull(fitted)[-len(vectoriser.vocabulary_) :]
    value = {i: float(x * pull[i]) for i, x in zip(row.indices, row.data, strict=True)}
    grams = vectoriser.build_analyzer()
    places = [(w, vectoriser.vocabulary_.get(g)) for w in words.split() for g in grams(w)]
    known = [(word, place) for word, place in places if place is not None]
    times = Counter(place for _, place in known)
    return [(word, value[place] / times[place]) for word, place in known]
