"""Lakes to test on: one for every way in which a catalog is reached."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.settings import Settings

# "sqlite" is looked at with the standard library alone, every other catalog through pyiceberg and SQLAlchemy.
# A PostgreSQL database for the same tests is named by its URL.
CATALOGS = ["sqlite", "sqlalchemy", *filter(None, os.environ.get("MESH_TEST_LAKE_CATALOG", "").split())]
LOCAL_URLS = {"sqlite": "sqlite:///{}/catalog.db", "sqlalchemy": "sqlite+pysqlite:///{}/catalog.db"}


@pytest.fixture(params=CATALOGS)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """The settings of an empty lake."""
    url = LOCAL_URLS.get(request.param, request.param).format(tmp_path)
    made = Settings(home=tmp_path, lake_catalog=url, lake_warehouse=f"file://{tmp_path}/warehouse")
    yield made
    if request.param not in LOCAL_URLS:
        from mesh_platform.lake.catalog import LakeCatalog

        LakeCatalog(made).iceberg().destroy_tables()


@pytest.fixture
def lake(settings: Settings) -> Lake:
    """An empty lake."""
    return Lake.open(settings)


@pytest.fixture
def local_settings(tmp_path: Path) -> Settings:
    """The settings of an empty lake on this machine, as anyone gets them."""
    return Settings.load(tmp_path)


@pytest.fixture
def local_lake(local_settings: Settings) -> Lake:
    """An empty lake on this machine."""
    return Lake.open(local_settings)
