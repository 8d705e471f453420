import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mesh_platform.catalog.build import build, proposals
from mesh_platform.catalog.gather import Mesh, gather
from mesh_platform.catalog.proposals import Proposal, read, write
from mesh_platform.catalog.tables import QUARANTINE
from mesh_platform.contract.consumers import Consumer, Use
from mesh_platform.contract.export.types import published_type
from mesh_platform.errors import BadContract, UserError
from mesh_platform.ingest.tables import QUARANTINE as LAID_OUT
from mesh_platform.settings import Settings
from platform_tests.catalog_tests.samples import DATASET, LANDING, RAW, aspect, names_of

Built = list[Proposal]


def test_the_same_state_gives_the_same_bytes(root: Path, settings: Settings, tmp_path: Path) -> None:
    files = [build(root, settings, tmp_path / name).path for name in ("one.json", "two.json")]

    assert len({hashlib.sha256(file.read_bytes()).digest() for file in files}) == 1


def test_the_order_in_which_things_are_proposed_changes_no_byte(built: Built, tmp_path: Path) -> None:
    write(built, tmp_path / "one.json")
    write(built[::-1], tmp_path / "two.json")

    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()


def test_the_place_of_the_project_changes_no_byte(root: Path, settings: Settings, tmp_path: Path) -> None:
    moved = tmp_path / "elsewhere"
    moved.symlink_to(root)

    files = [build(place, settings, tmp_path / f"{n}.json").path for n, place in enumerate((root, moved))]

    assert files[0].read_bytes() == files[1].read_bytes()


def test_what_was_written_is_read_back(built: Built, tmp_path: Path) -> None:
    write(built, tmp_path / "metadata.json")

    assert sorted(p.key for p in read(tmp_path / "metadata.json")) == sorted(p.key for p in built)


def test_a_mesh_that_has_never_run_is_described_by_its_documents(root: Path, tmp_path: Path) -> None:
    found = proposals(gather(root, Settings.load(tmp_path / "home")))

    assert {DATASET, RAW, LANDING} <= names_of(found, "dataset")
    assert names_of(found, "mlModelGroup") == {"urn:li:mlModelGroup:(urn:li:dataPlatform:mlflow,sales.fraud,PROD)"}
    assert not names_of(found, "mlModel")
    assert not names_of(found, "dataProcessInstance")
    assert not [p for p in found if p.name == "assertionRunEvent"]


def test_a_build_that_fails_leaves_the_file_before(root: Path, settings: Settings, tmp_path: Path) -> None:
    out = build(root, settings, tmp_path / "metadata.json").path
    before = out.read_bytes()
    broken = tmp_path / "broken" / "contracts" / "sales" / "orders"
    broken.mkdir(parents=True)
    (broken / "v1.odcs.yaml").write_text("version: 1.0.0\n")
    (broken / "product.odps.yaml").write_text("version: 1.0.0\n")

    with pytest.raises(BadContract, match=r"v1\.odcs\.yaml: can't be understood .*; export the contracts again"):
        build(tmp_path / "broken", settings, out)

    assert out.read_bytes() == before
    assert [path.name for path in tmp_path.glob("metadata*")] == ["metadata.json"]


def test_a_folder_without_contracts_is_named(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(BadContract, match="no such folder of published contracts"):
        build(tmp_path / "nowhere", settings)


@pytest.mark.parametrize("text", ["{", "{}", '[{"entityUrn": "urn:li:tag:a"}]', '["urn:li:tag:a"]'])
def test_a_file_of_something_else_is_one_clear_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "metadata.json").write_text(text)

    with pytest.raises(UserError, match=r"metadata\.json: .*build"):
        read(tmp_path / "metadata.json")


def test_a_product_has_owner_domain_contract_and_a_table_as_output_port(built: Built) -> None:
    product = "urn:li:dataProduct:sales.orders"

    assert aspect(built, product, "ownership")["owners"][0]["owner"] == "urn:li:corpGroup:sales"
    assert aspect(built, product, "domains")["domains"] == ["urn:li:domain:sales"]
    assert aspect(built, product, "dataProductProperties")["assets"] == [
        {"destinationUrn": DATASET, "outputPort": True}
    ]
    assert aspect(built, "urn:li:dataContract:sales.orders.v1", "dataContractProperties")["entity"] == DATASET


def test_a_product_names_who_registered_to_use_it(mesh: Mesh) -> None:
    use = Use("sales.orders", 1, ("order_id",), expires=date(2027, 3, 1))
    desk = Consumer("desk", "desk@shop.example", "application", "reviews orders", (use,))
    found = proposals(replace(mesh, consumers=(desk,)))

    told = aspect(found, "urn:li:dataProduct:sales.orders", "dataProductProperties")["customProperties"]
    assert told["consumer desk of v1"] == "desk@shop.example: reviews orders; until 2027-03-01"
    other = aspect(found, "urn:li:dataProduct:sales.daily_sales", "dataProductProperties")["customProperties"]
    assert "consumer desk of v1" not in other


def test_a_contract_holds_its_document_word_by_word(built: Built, root: Path) -> None:
    text = (root / "contracts/sales/orders/v1.odcs.yaml").read_text()

    assert aspect(built, "urn:li:dataContract:sales.orders.v1", "dataContractProperties")["rawContract"] == text


def test_columns_carry_type_key_term_tag_and_reference(built: Built) -> None:
    schema = aspect(built, DATASET, "schemaMetadata")
    fields = {field["fieldPath"]: field for field in schema["fields"]}

    assert fields["order_id"]["isPartOfKey"]
    assert fields["order_id"]["glossaryTerms"]["terms"] == [{"urn": "urn:li:glossaryTerm:Order"}]
    assert fields["day"]["isPartitioningKey"]
    assert fields["net_amount"]["nativeDataType"] == "decimal(18,4)"
    assert fields["customer_email"]["nullable"]
    assert fields["customer_email"]["globalTags"]["tags"] == [{"tag": "urn:li:tag:personal-data"}]
    assert "globalTags" not in fields["order_id"]
    assert [key["foreignFields"] for key in schema["foreignKeys"]] == [
        ["urn:li:schemaField:(urn:li:dataset:(urn:li:dataPlatform:iceberg,inventory.products,PROD),sku)"]
    ]


def test_classification_unit_and_kind_are_structured_properties(built: Built) -> None:
    def given(column: str) -> dict[str, object]:
        properties = aspect(built, f"urn:li:schemaField:({DATASET},{column})", "structuredProperties")["properties"]
        return {p["propertyUrn"].rpartition(".")[2]: p["values"][0]["string"] for p in properties}

    assert given("customer_email") == {"classification": "confidential", "personal_kind": "email"}
    assert given("net_amount") == {"classification": "internal", "unit": "EUR"}


def test_a_table_is_as_secret_as_its_most_secret_column(built: Built) -> None:
    properties = aspect(built, DATASET, "structuredProperties")["properties"]
    values = {p["propertyUrn"].rpartition(".")[2]: next(iter(p["values"][0].values())) for p in properties}

    assert values == {
        "classification": "confidential",
        "contract_version": "1.2.0",
        "freshness_hours": 30.0,
        "grain": "One row per order.",
        "personal_kind": "email",
        "retention_days": 90.0,
    }


def test_column_lineage_is_that_of_the_documents(built: Built) -> None:
    lineage = aspect(built, DATASET, "upstreamLineage")
    fine = {tuple(f["downstreams"]): f for f in lineage["fineGrainedLineages"]}

    assert [upstream["dataset"] for upstream in lineage["upstreams"]] == [
        "urn:li:dataset:(urn:li:dataPlatform:iceberg,inventory.products,PROD)",
        RAW,
    ]
    assert set(fine) == {(f"urn:li:schemaField:({DATASET},{c})",) for c in ("order_id", "net_amount")}
    net = fine[(f"urn:li:schemaField:({DATASET},net_amount)",)]
    assert net["upstreams"] == [f"urn:li:schemaField:({RAW},net_amount)"]
    assert net["confidenceScore"] == 1.0


def test_a_prediction_comes_from_the_columns_that_its_model_sees(built: Built) -> None:
    scores = DATASET.replace("sales.orders", "sales.fraud_scores")
    [fine] = aspect(built, scores, "upstreamLineage")["fineGrainedLineages"]

    assert fine["upstreams"] == [f"urn:li:schemaField:({DATASET},{c})" for c in ("net_amount", "order_id")]
    assert fine["confidenceScore"] < 1.0
    assert "sales.models.fraud" in fine["transformOperation"]


def test_a_raw_table_comes_from_the_landed_files_but_for_what_the_ingest_adds(built: Built) -> None:
    lineage = aspect(built, RAW, "upstreamLineage")
    columns = {f["downstreams"][0].rpartition(",")[2].rstrip(")") for f in lineage["fineGrainedLineages"]}

    assert [upstream["dataset"] for upstream in lineage["upstreams"]] == [LANDING]
    assert "order_id" in columns
    assert not {"_file", "_line", "ingested_at"} & columns
    assert {"_file", "ingested_at"} <= {f["fieldPath"] for f in aspect(built, RAW, "schemaMetadata")["fields"]}
    assert "_file" not in {f["fieldPath"] for f in aspect(built, LANDING, "schemaMetadata")["fields"]}


def test_a_quarantine_is_described_as_the_ingest_lays_it_out() -> None:
    laid_out = {
        name: (kind.physical, kind.logical, name in LAID_OUT.required, LAID_OUT.descriptions[name])
        for name, dtype in LAID_OUT.schema.items()
        for kind in [published_type(dtype, name)]
    }

    assert dict(QUARANTINE) == laid_out


def test_the_records_in_quarantine_are_personal_where_their_source_is(built: Built) -> None:
    quarantine = RAW.replace("_raw", "_quarantine")
    fields = {f["fieldPath"]: f for f in aspect(built, quarantine, "schemaMetadata")["fields"]}

    assert [name for name, f in fields.items() if "globalTags" in f] == ["reason", "value", "record"]
    assert aspect(built, quarantine, "globalTags")["tags"] == [{"tag": "urn:li:tag:personal-data"}]
