"""The ranker at speed: its trees compiled to machine code, once they are proven to say what LightGBM says."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mesh_marketing.ml.recommend.generator import Floats

Scorer = Callable[[npt.NDArray[np.float32]], Floats]
"""Features of candidates, columns as in `FEATURES`, to scores."""
SAME = 1e-12
"""Compiled trees add the same leaves up; what differs is rounding."""
log = logging.getLogger(__name__)


def scorer_of(booster: str, tried: npt.NDArray[np.float32]) -> Scorer:
    """Prepare a ranker.

    Args:
        booster: LightGBM's text.
        tried: Candidates on which the compiled trees must say what LightGBM says.

    Returns:
        The compiled trees, or LightGBM's own on one thread where they can't be compiled or say anything else.
    """
    plain = plain_scorer(booster)
    try:
        compiled = compiled_scorer(booster)
    except Exception as error:  # whatever a compiler can't do, the plain trees can
        log.warning("the ranker can't be compiled (%s); LightGBM scores", type(error).__name__)
        return plain
    apart = float(np.abs(compiled(tried) - plain(tried)).max(initial=0.0))
    if apart <= SAME:
        return compiled
    log.warning("the compiled ranker differs by %.2g (rule: at most %.0e); LightGBM scores", apart, SAME)
    return plain


def plain_scorer(booster: str) -> Scorer:
    """LightGBM on one thread: a second one waits more than it works."""
    import lightgbm

    trees = lightgbm.Booster(model_str=booster)
    return lambda features: np.asarray(trees.predict(features, num_threads=1))


def compiled_scorer(booster: str) -> Scorer:
    """The trees as machine code."""
    import lleaves

    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "ranker.txt"
        text.write_text(booster)
        trees = lleaves.Model(model_file=str(text))
        trees.compile()
    return lambda features: np.asarray(trees.predict(features.astype(np.float64), n_jobs=1))
