"""The asset graph of every domain, pinned: a changed graph is a visible change of this folder's snapshot."""

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.discover import installed_domains

SNAPSHOT = Path(__file__).with_name("asset_graph.json")


def _graph(home: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setenv("MESH_HOME", str(home))
    found = {}
    for name in installed_domains():
        definitions = importlib.import_module(f"mesh_{name}.definitions").defs()
        graph = definitions.resolve_asset_graph()
        for key in sorted(graph.materializable_asset_keys):
            node = graph.get(key)
            found[key.to_user_string()] = {
                "group": node.group_name,
                "owners": sorted(node.owners),
                "kinds": sorted(node.kinds),
                "reads": sorted(parent.to_user_string() for parent in node.parent_keys),
                "daily": node.partitions_def is not None,
                "blocking checks": sorted(c.name for c in graph.get_check_keys_for_assets({key})),
                "columns": [c.name for c in node.metadata["dagster/column_schema"].columns],
            }
    return found


def test_the_asset_graph_is_the_one_that_was_reviewed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = _graph(tmp_path, monkeypatch)
    if os.environ.get("MESH_REVIEWED"):
        SNAPSHOT.write_text(json.dumps(graph, indent=1, sort_keys=True) + "\n")
    assert graph == json.loads(SNAPSHOT.read_text()), "review the change, then run this test with MESH_REVIEWED=1"


def test_every_product_has_lineage_for_each_column_and_all_promises_as_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESH_HOME", str(tmp_path))
    for name, domain in installed_domains().items():
        graph = importlib.import_module(f"mesh_{name}.definitions").defs().resolve_asset_graph()
        for product in domain.products:
            node = graph.get(next(k for k in graph.materializable_asset_keys if k.path == [name, product.name]))
            lineage = node.metadata["dagster/column_lineage"].deps_by_column
            columns = {c.name for c in node.metadata["dagster/column_schema"].columns}
            assert set(lineage) <= columns
            assert len(lineage) > len(columns) / 2, f"{product.name}: most columns come from somewhere"
            assert all(spec.blocking for spec in _checks(graph, node.key))


def _checks(graph: Any, key: Any) -> list[Any]:
    return [graph.get_check_spec(check) for check in graph.get_check_keys_for_assets({key})]
