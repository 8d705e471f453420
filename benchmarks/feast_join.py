"""Feast's offline join, run by a Python that has Feast; prints its own figures as JSON.

It imports nothing of the mesh: Feast holds pandas back and lives in an environment of its own.
Example: <python with feast> benchmarks/feast_join.py <folder with features.parquet and asked.parquet>
"""

import json
import sys
import time
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any


def join(folder: Path) -> dict[str, Any]:
    """Join once, as known by event time and by creation time; write the rows, say how long the join took."""
    import pyarrow.parquet as pq

    feast = import_module("feast")
    store = _store(feast, folder)
    asked = pq.read_table(folder / "asked.parquet").to_pandas()
    names = [name for name in pq.read_schema(folder / "features.parquet").names if name.startswith("feature_")]
    started = time.perf_counter()
    found = store.get_historical_features(
        entity_df=asked,
        features=[f"balances:{name}" for name in names],
        filter_by_created_timestamp=True,
    ).to_arrow()
    seconds = time.perf_counter() - started
    pq.write_table(found, folder / "feast.parquet")
    return {"seconds": seconds, "rows": found.num_rows, "version": feast.__version__}


def _store(feast: Any, folder: Path) -> Any:
    """A local Feast repository over the features' file, by DuckDB."""
    config = feast.RepoConfig(
        project="join",
        provider="local",
        registry=str(folder / "registry.db"),
        offline_store={"type": "duckdb"},
        online_store={"type": "sqlite", "path": str(folder / "online.db")},
        entity_key_serialization_version=3,
    )
    source = feast.FileSource(
        path=str(folder / "features.parquet"), timestamp_field="happened_at", created_timestamp_column="ingested_at"
    )
    account = feast.Entity(name="account", join_keys=["account"], value_type=feast.ValueType.INT64)
    view = feast.FeatureView(name="balances", entities=[account], ttl=timedelta(0), source=source)
    store = feast.FeatureStore(config=config)
    store.apply([account, view])
    return store


if __name__ == "__main__":
    print(json.dumps(join(Path(sys.argv[1]))))
