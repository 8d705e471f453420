from pathlib import Path

import pytest

from mesh_platform.lake import Lake
from mesh_platform.settings import Settings
from platform_tests.ingest_tests.shop import Shop


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in ("MESH_LAKE_CATALOG", "MESH_LAKE_WAREHOUSE"):
        monkeypatch.delenv(name, raising=False)
    settings = Settings.load(tmp_path / "mesh")
    return Shop(settings, Lake.open(settings))
