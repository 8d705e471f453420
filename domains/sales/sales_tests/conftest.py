from collections.abc import Callable
from datetime import date
from typing import Any

import polars as pl
import pytest

from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart, transform
from mesh_sales.domain import DOMAIN

from .samples import raw

Build = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all tests, so that dbt parses once."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def build(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Make a product's rows out of raw rows."""

    def made(product: str, days: tuple[date, date] | None = None, **sources: list[dict[str, Any]]) -> pl.DataFrame:
        model = DOMAIN.product(product).mart
        folder = tmp_path_factory.mktemp("raw")
        inputs = {f"raw.{s.name}": raw(s.name, sources.get(s.name, []), folder) for s in DOMAIN.sources}
        transform(DOMAIN, [model], inputs, days, settings)
        return pl.concat(read_mart(DOMAIN, model, settings))

    return made
