from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mesh_inventory.domain import DOMAIN
from mesh_platform.settings import Settings
from mesh_platform.transform import read_mart, transform

from .samples import raw, sales

Build = Callable[..., pl.DataFrame]


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """One home for all tests, so that dbt parses once."""
    return Settings.load(tmp_path_factory.mktemp("home"))


@pytest.fixture
def build(settings: Settings, tmp_path: Path) -> Build:
    """Make a product's rows out of raw rows and of what sales published."""

    def made(
        product: str,
        days: tuple[date, date] | None = None,
        sold: list[tuple[str, str, date, int]] | None = None,
        **sources: list[dict[str, Any]],
    ) -> pl.DataFrame:
        model = DOMAIN.product(product).mart
        inputs = {f"raw.{s.name}": raw(s.name, sources.get(s.name, []), tmp_path) for s in DOMAIN.sources}
        inputs["sales.daily_sales"] = sales(sold or [], tmp_path)
        transform(DOMAIN, [model], inputs, days, settings)
        return pl.concat(read_mart(DOMAIN, model, settings))

    return made
