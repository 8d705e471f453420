"""The gate tells noise from a difference."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from mesh_platform.ml.gate import compare

from .shop import Purchase, visits


def test_the_interval_of_an_even_match_holds_zero_as_often_as_it_promises() -> None:
    generator, held = np.random.default_rng(7), 0
    recipe = Purchase()
    rows = visits(200)
    for seed in range(60):
        ours = pl.DataFrame({"chance": generator.uniform(0.2, 0.6, rows.height)})
        theirs = pl.DataFrame({"chance": generator.uniform(0.2, 0.6, rows.height)})
        [found] = compare(recipe, rows, ours, {"rival": theirs}, seed)
        held += found.low <= 0 <= found.high
    assert held >= 51, "95% of 60 is 57; 51 is four standard errors below"


def test_units_are_redrawn_whole() -> None:
    """The same row a hundred times is one unit: it must not look like a hundred pieces of evidence."""
    recipe, rows = Purchase(), visits(40)
    ours = pl.DataFrame({"chance": np.where(rows["bought"], 0.52, 0.48)})
    ours = ours.with_columns(chance=pl.when(pl.int_range(40) < 12).then(1 - pl.col("chance")).otherwise("chance"))
    theirs = pl.DataFrame({"chance": [0.5] * 40})
    [once] = compare(recipe, rows, ours, {"rival": theirs}, 1)
    [often] = compare(recipe, pl.concat([rows] * 50), pl.concat([ours] * 50), {"rival": pl.concat([theirs] * 50)}, 1)
    assert often.high - often.low == pytest.approx(once.high - once.low)
