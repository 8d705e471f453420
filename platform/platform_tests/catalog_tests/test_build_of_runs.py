import subprocess
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mesh_platform.catalog.build import proposals
from mesh_platform.catalog.dbt import dbt_models
from mesh_platform.catalog.gather import Mesh, gather
from mesh_platform.catalog.proposals import Proposal
from mesh_platform.catalog.versions import model_versions
from mesh_platform.contract.export.derivation import Derivation, Derivations
from mesh_platform.contract.export.documents import export
from mesh_platform.errors import MeshFailure
from mesh_platform.ml.registry import Registry
from mesh_platform.ml.versions import ModelVersion
from mesh_platform.product import OlderMajor
from mesh_platform.settings import Settings
from platform_tests.catalog_tests.samples import DATASET, MART, RAW, SALES, VERSION, aspect, names_of
from platform_tests.contract_tests.samples import DailySales

Built = list[Proposal]


def test_counts_and_times_are_those_of_the_snapshots(built: Built, mesh: Mesh) -> None:
    published = round(mesh.stored["sales.orders"].snapshot.published_at.timestamp() * 1000)
    profile = aspect(built, DATASET, "datasetProfile")

    assert (profile["timestampMillis"], profile["rowCount"]) == (published, 2)
    assert profile["sizeInBytes"] > 0
    facts = aspect(built, RAW, "datasetProperties")["customProperties"]
    assert (facts["rows accepted"], facts["rows quarantined"]) == ("2", "1")


def test_every_rule_has_an_assertion_that_the_published_snapshot_passed(built: Built, mesh: Mesh) -> None:
    listed = aspect(built, "urn:li:dataContract:sales.orders.v1", "dataContractProperties")
    urns = [entry["assertion"] for part in ("schema", "freshness", "dataQuality") for entry in listed[part]]
    snapshot = mesh.stored["sales.orders"].snapshot

    assert {urn.rpartition(".")[2] for urn in urns} >= {
        *("schema", "freshness", "key", "min_rows", "max_shrink", "net_is_at_most_gross", "channel__one_of"),
        *("order_id__pattern", "lines__exclusiveMinimum", "gross_amount__minimum"),
    }
    for urn in urns:
        event = aspect(built, urn, "assertionRunEvent")
        assert (event["result"]["type"], event["runId"]) == ("SUCCESS", "run-1")
        assert event["result"]["nativeResults"]["snapshot"] == str(snapshot.snapshot_id)


def test_nothing_is_said_of_rules_that_the_current_snapshot_was_not_judged_by(mesh: Mesh) -> None:
    stored = mesh.stored["sales.orders"]
    older = replace(stored.snapshot, properties={**stored.snapshot.properties, "contract_version": "1.1.0"})
    found = proposals(replace(mesh, stored={"sales.orders": replace(stored, snapshot=older)}))

    assert not [p for p in found if p.name == "assertionRunEvent" and p.aspect["asserteeUrn"] == DATASET]


def test_rules_are_told_in_datahubs_own_words(built: Built) -> None:
    def info(rule: str) -> dict[str, object]:
        return dict(aspect(built, f"urn:li:assertion:sales.orders.v1.{rule}", "assertionInfo"))

    assert info("freshness")["freshnessAssertion"]["schedule"]["fixedInterval"] == {"multiple": 30, "unit": "HOUR"}  # type: ignore[index]
    assert info("min_rows")["volumeAssertion"]["rowCountTotal"]["parameters"]["value"]["value"] == "2"  # type: ignore[index]
    assert info("max_shrink")["volumeAssertion"]["rowCountChange"]["parameters"]["value"]["value"] == "-25"  # type: ignore[index]
    assert "from sales.orders where not" in info("net_is_at_most_gross")["sqlAssertion"]["statement"]  # type: ignore[index]
    assert info("lines__exclusiveMaximum")["fieldAssertion"]["fieldValuesAssertion"]["operator"] == "LESS_THAN"  # type: ignore[index]


def test_a_job_reads_and_writes_what_its_asset_does_and_knows_its_latest_run(built: Built) -> None:
    job = "urn:li:dataJob:(urn:li:dataFlow:(dagster,sales,PROD),sales__orders)"
    run = "urn:li:dataProcessInstance:run-1.sales__orders"

    assert aspect(built, job, "dataJobInputOutput")["outputDatasets"] == [DATASET]
    assert RAW in aspect(built, job, "dataJobInputOutput")["inputDatasets"]
    assert aspect(built, run, "dataProcessInstanceRelationships")["parentTemplate"] == job
    assert aspect(built, run, "dataProcessInstanceRunEvent")["result"]["type"] == "SUCCESS"


def test_a_model_stands_between_its_features_and_its_scoring_job(built: Built) -> None:
    model = "urn:li:mlModel:(urn:li:dataPlatform:mlflow,sales.fraud.v3,PROD)"
    properties = aspect(built, model, "mlModelProperties")

    assert properties["mlFeatures"] == ["urn:li:mlFeature:(sales.orders,net_amount)"]
    assert properties["downstreamJobs"] == ["urn:li:dataJob:(urn:li:dataFlow:(dagster,sales,PROD),sales__fraud_scores)"]
    assert properties["groups"] == ["urn:li:mlModelGroup:(urn:li:dataPlatform:mlflow,sales.fraud,PROD)"]
    assert properties["trainingMetrics"] == [{"name": "AUC", "value": "0.9"}]
    assert aspect(built, model, "globalTags")["tags"] == [{"tag": "urn:li:tag:champion"}]
    table = aspect(
        built, "urn:li:mlFeatureTable:(urn:li:dataPlatform:iceberg,sales.orders)", "mlFeatureTableProperties"
    )
    assert table["mlPrimaryKeys"] == ["urn:li:mlPrimaryKey:(sales.orders,order_id)"]


def test_a_product_and_the_dbt_model_that_makes_it_are_siblings(built: Built) -> None:
    assert aspect(built, DATASET, "siblings") == {"primary": True, "siblings": [MART]}
    assert aspect(built, MART, "siblings") == {"primary": False, "siblings": [DATASET]}
    assert [u["dataset"] for u in aspect(built, MART, "upstreamLineage")["upstreams"]] == [
        "urn:li:dataset:(urn:li:dataPlatform:dbt,sales.stg_orders,PROD)",
        "urn:li:dataset:(urn:li:dataPlatform:iceberg,inventory.products,PROD)",
    ]


def test_the_columns_of_a_mart_are_those_of_the_product_that_it_makes(built: Built) -> None:
    ours, theirs = (aspect(built, urn, "schemaMetadata")["fields"] for urn in (MART, DATASET))

    assert [f["nativeDataType"] for f in ours] == [f["nativeDataType"] for f in theirs]
    assert aspect(built, MART, "globalTags") == aspect(built, DATASET, "globalTags")


def test_a_deprecated_column_says_from_when_it_may_go(built: Built) -> None:
    products = DATASET.replace("sales.orders", "inventory.products")
    said = aspect(built, f"urn:li:schemaField:({products},old_name)", "deprecation")

    assert (said["deprecated"], said["decommissionTime"]) == (True, 1798761600000)
    assert "2027-01-01" in said["note"]


def test_an_older_major_is_a_table_and_a_contract_of_its_own_until_its_sunset(
    settings: Settings, tmp_path: Path
) -> None:
    older = OlderMajor("1.4.0", DailySales, "select * from newest", date(2027, 3, 1))
    daily = replace(next(p for p in SALES.products if p.name == "daily_sales"), sources=(), older=(older,))
    columns = dict.fromkeys(("sku", "units"), Derivation(("sales.daily_sales.units",), "sql"))
    export(
        [replace(SALES, sources=(), products=(daily,))],
        tmp_path / "contracts",
        origins=lambda _, product: Derivations(columns if product.older_sql else {}),
    )

    found = proposals(gather(tmp_path, settings))

    assert names_of(found, "dataContract") == {f"urn:li:dataContract:sales.daily_sales.v{n}" for n in (1, 2)}
    status = aspect(found, "urn:li:dataContract:sales.daily_sales.v1", "dataContractStatus")["customProperties"]
    assert status == {"last day": "2027-03-01", "status": "deprecated", "version": "1.4.0"}
    assert "urn:li:assertion:sales.daily_sales.v1.key" in names_of(found, "assertion")
    newest, table = (DATASET.replace("sales.orders", name) for name in ("sales.daily_sales", "sales.daily_sales_v1"))
    ports = aspect(found, "urn:li:dataProduct:sales.daily_sales", "dataProductProperties")["assets"]
    assert [port["destinationUrn"] for port in ports if port["outputPort"]] == [newest, table]
    assert aspect(found, table, "deprecation")["note"] == "Version 1.4.0 is deprecated; served until 2027-03-01."
    lineage = aspect(found, table, "upstreamLineage")
    assert [upstream["dataset"] for upstream in lineage["upstreams"]] == [newest]
    assert lineage["fineGrainedLineages"][0]["upstreams"] == [f"urn:li:schemaField:({newest},units)"]


def test_governances_words_come_before_those_of_the_documents(built: Built, mesh: Mesh) -> None:
    own = aspect(mesh.governance, "urn:li:domain:sales", "domainProperties")

    assert aspect(built, "urn:li:domain:sales", "domainProperties") == own


def test_dbts_state_is_read_without_dbt(tmp_path: Path) -> None:
    import msgpack  # type: ignore[import-untyped]  # it ships no types

    settings = Settings.load(tmp_path)
    kept = tmp_path / "dbt" / "sales-0123456789ab.msgpack"
    kept.parent.mkdir(parents=True)
    node = {
        "resource_type": "model",
        "name": "fct_orders",
        "fqn": ["mesh_sales", "marts", "fct_orders"],
        "description": "Orders.",
        "columns": {"order_id": {"description": "The order."}},
        "depends_on": {"nodes": ["source.raw.lines", "source.inventory.products"]},
        "original_file_path": "models/marts/fct_orders.sql",
        "raw_code": "select 1",
    }
    sources = {
        "source.raw.lines": {"source_name": "raw", "name": "lines"},
        "source.inventory.products": {"source_name": "inventory", "name": "products"},
    }
    kept.write_bytes(
        msgpack.packb({"nodes": {"model.a": node, "test.b": {"resource_type": "test"}}, "sources": sources})
    )

    [model] = dbt_models(settings, "sales")

    assert model.tables == ("inventory.products", "sales_raw.lines")
    assert dbt_models(settings, "inventory") == ()
    kept.write_bytes(msgpack.packb({"nodes": {"model.a": {"resource_type": "model"}}}))
    with pytest.raises(MeshFailure, match="delete it, the next run parses again"):
        dbt_models(settings, "sales")


def test_the_registry_is_asked_again_only_when_it_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, asked = Settings.load(tmp_path), []

    class Stub:
        def models(self) -> list[str]:
            asked.append("models")
            return ["fraud"]

        def versions(self, _model: str) -> list[ModelVersion]:
            return [VERSION]

    file = tmp_path / "models" / "registry.db"
    file.parent.mkdir()
    file.write_text("one")
    monkeypatch.setattr(Registry, "open", lambda _settings: Stub())

    told = [model_versions(settings) for _ in range(3)]
    assert told == [{"fraud": (VERSION,)}] * 3
    assert asked == ["models"]

    file.write_text("another")
    assert model_versions(settings) == {"fraud": (VERSION,)}
    (tmp_path / "catalog" / "models.json").write_text("{")
    assert model_versions(settings) == {"fraud": (VERSION,)}
    assert asked == ["models"] * 3


def test_building_starts_without_the_heavy_libraries(root: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from mesh_platform.catalog.build import build; "
        "from mesh_platform.settings import Settings; build(Path(sys.argv[1]), Settings.load(Path(sys.argv[2]))); "
        "print({'datahub', 'pandera', 'polars', 'dbt', 'dagster', 'mlflow'} & set(sys.modules))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code, str(root), str(tmp_path)], capture_output=True, text=True, check=True
    )

    assert answer.stdout.strip() == "set()"
