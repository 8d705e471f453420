"""The asset graph of every domain, pinned: a changed graph is a visible change of this folder's snapshot."""

import importlib
import json
import os
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from mesh_platform.discover import installed_domains
from mesh_platform.orchestrate.health import CHECK

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


@pytest.fixture(scope="module")
def graphs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The asset graph of every domain, loaded once: its column lineage is read off compiled SQL."""
    with patch.dict(os.environ, {"MESH_HOME": str(tmp_path_factory.mktemp("home"))}):
        return {
            name: importlib.import_module(f"mesh_{name}.definitions").defs().resolve_asset_graph()
            for name in installed_domains()
        }


def _described(graph: Any) -> dict[str, Any]:
    found = {}
    for key in sorted(graph.materializable_asset_keys):
        node = graph.get(key)
        found[key.to_user_string()] = {
            "group": node.group_name,
            "owners": sorted(node.owners),
            "kinds": sorted(node.kinds),
            "reads": sorted(parent.to_user_string() for parent in node.parent_keys),
            "daily": node.partitions_def is not None,
            "blocking checks": sorted(c.name for c in graph.get_check_keys_for_assets({key})),
            "columns": [c.name for c in getattr(node.metadata.get("dagster/column_schema"), "columns", ())],
        }
    return found


def test_the_asset_graph_is_the_one_that_was_reviewed(graphs: dict[str, Any]) -> None:
    found = {name: asset for graph in graphs.values() for name, asset in _described(graph).items()}
    if os.environ.get("MESH_REVIEWED"):
        SNAPSHOT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
    assert found == json.loads(SNAPSHOT.read_text()), "review the change, then run this test with MESH_REVIEWED=1"


def test_every_product_has_lineage_for_each_column_and_all_promises_as_checks(graphs: dict[str, Any]) -> None:
    for name, domain in installed_domains().items():
        graph = graphs[name]
        for product in domain.products:
            node = graph.get(next(k for k in graph.materializable_asset_keys if k.path == [name, product.name]))
            lineage = node.metadata["dagster/column_lineage"].deps_by_column
            columns = {c.name for c in node.metadata["dagster/column_schema"].columns}
            assert set(lineage) <= columns
            if product.program or product.recipe:
                assert node.parent_keys, f"{product.name}: computed from something"
            else:
                assert len(lineage) > len(columns) / 2, f"{product.name}: most columns come from somewhere"
            checks = [graph.get_check_spec(check) for check in graph.get_check_keys_for_assets({node.key})]
            assert checks
            assert all(spec.blocking or spec.name == CHECK for spec in checks)


def test_lineage_ends_at_columns_that_exist(graphs: dict[str, Any]) -> None:
    nodes = {
        key.to_user_string(): graph.get(key) for graph in graphs.values() for key in graph.materializable_asset_keys
    }
    added = {"_file", "_line", "_day", "ingested_at"}
    for name, node in nodes.items():
        for column, origins in getattr(node.metadata.get("dagster/column_lineage"), "deps_by_column", {}).items():
            for origin in origins:
                source = nodes[origin.asset_key.to_user_string()]
                known = {c.name for c in source.metadata["dagster/column_schema"].columns} | added
                assert origin.column_name in known, f"{name}.{column} comes from {origin}"
