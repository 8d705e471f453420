"""The sentiment model tested as a model: what must not matter, and which way things must point."""

from __future__ import annotations

import numpy as np

from mesh_customers.ml.sentiment_model import chances, polarity, word_weights
from mesh_platform.ml.recipe import Check, Examples, Fitted

SAMPLE = 300
INVENTED = ("Zorvana", "Quellmark", "Bixolo")
"""Brands that nobody has reviewed."""
SAME_MOOD_SHARE = 0.95
LOWERED_SHARE = 0.9
PRAISING_WORDS = 20
PRAISING_LETTERS = 4
"""Shorter words are mostly grammar, which a negation does not turn around."""
PAIRS = {
    "en": (("great, I love it", "terrible, I want my money back"), ("excellent quality", "poor quality")),
    "de": (("sehr zufrieden, gerne wieder", "leider enttäuscht, nie wieder"),),
}
"""Language → pairs of praise and complaint that any reader tells apart."""


def behaviours(fitted: Fitted, examples: Examples) -> tuple[Check, ...]:
    """Test invariance to names and writing, and the direction of negation, praise and complaint."""
    texts = examples.holdout["text"].head(SAMPLE).to_list()
    return _writing(fitted, texts), _brands(fitted, texts), _negation(fitted), _praise(fitted)


def _writing(fitted: Fitted, texts: list[str]) -> Check:
    plain = chances(fitted, texts)
    other = [f"@Somebody99 {text.upper()} https://example.com/x" for text in texts]
    moved = float(np.abs(chances(fitted, other) - plain).max())
    return Check(
        "handles, links and case change nothing", moved < 1e-9, f"the largest change of a chance is {moved:.2g}"
    )


def _brands(fitted: Fitted, texts: list[str]) -> Check:
    plain = chances(fitted, texts).argmax(axis=1)
    same = [
        float((chances(fitted, [f"{brand}: {t}" for t in texts]).argmax(axis=1) == plain).mean()) for brand in INVENTED
    ]
    return Check(
        "the name of an unknown brand hardly changes a mood",
        min(same) >= SAME_MOOD_SHARE,
        f"{min(same):.1%} of {len(texts)} posts keep their mood (rule: {SAME_MOOD_SHARE:.0%})",
    )


def _negation(fitted: Fitted) -> Check:
    long_enough = [one for one in word_weights(fitted) if len(one[0]) >= PRAISING_LETTERS]
    praise = [word for word, weight in long_enough[:PRAISING_WORDS] if weight > 0]
    plain = polarity(chances(fitted, [f"it is {word}" for word in praise]))
    turned = polarity(chances(fitted, [f"it is not {word}" for word in praise]))
    lowered = float((turned < plain).mean()) if praise else 0.0
    return Check(
        "a negation lowers praise",
        lowered >= LOWERED_SHARE,
        f"{lowered:.0%} of {len(praise)} praising words (rule: {LOWERED_SHARE:.0%})",
    )


def _praise(fitted: Fitted) -> Check:
    pairs = [pair for language in fitted["languages"] for pair in PAIRS.get(language, ())]
    wrong = [low for high, low in pairs if not np.diff(polarity(chances(fitted, [low, high])))[0] > 0]
    detail = f"wrong for: {'; '.join(wrong)}" if wrong else f"all of {len(pairs)} pairs"
    return Check("praise scores above complaint", not wrong, detail)
