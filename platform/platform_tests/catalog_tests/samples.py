"""A small mesh for the tests: two domains, a source, four products, a model, and what the lake holds of some."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from mesh_platform.catalog.dbt import DbtModel
from mesh_platform.catalog.proposals import Aspect, Proposal
from mesh_platform.contract import Contract, column, shape_of
from mesh_platform.contract.export.derivation import Derivation, Derivations
from mesh_platform.contract.export.documents import export
from mesh_platform.ingest.tables import QUARANTINE, quarantine_table, raw_layout, raw_table
from mesh_platform.lake import Lake, Made, TableLayout, WholeTable
from mesh_platform.ml.versions import ModelVersion
from mesh_platform.product import DataProduct, Domain, InputPort, Owner
from mesh_platform.settings import Settings
from platform_tests.contract_tests.samples import DAILY, ORDERS, Orders, order, shop

PROJECT = Path(__file__).parents[3]
DATASET = "urn:li:dataset:(urn:li:dataPlatform:iceberg,sales.orders,PROD)"
RAW = "urn:li:dataset:(urn:li:dataPlatform:iceberg,sales_raw.order_lines,PROD)"
LANDING = "urn:li:dataset:(urn:li:dataPlatform:file,landing/sales/order_lines,PROD)"
MART = "urn:li:dataset:(urn:li:dataPlatform:dbt,sales.fct_orders,PROD)"


class Products(Contract):
    """What can be sold. Grain: one row per sku. Source: the master."""

    sku: str = column("The product", key=True, term="SKU")
    name: str = column("Its name", classification="public")
    old_name: str = column("Its name before", nullable=True, deprecated=date(2027, 1, 1))


class FraudScores(Contract):
    """How likely an order is a fraud. Grain: one row per order. Source: the fraud model."""

    order_id: str = column("The order", key=True, references="sales.orders.order_id")
    probability: float = column("How likely", term="Fraud probability", ge=0, le=1)


PRODUCTS = DataProduct("products", Products, "1.0.0", "dim_products")
SCORES = DataProduct(
    "fraud_scores",
    FraudScores,
    "1.0.0",
    recipe="shop.ml:RECIPE",
    inputs=(InputPort("sales.orders", ("order_id", "net_amount"), "what the model sees"),),
)
SALES = shop(ORDERS, DAILY, SCORES)
INVENTORY = Domain("inventory", Owner("Inventory", "stock@shop.example"), "What is there.", (), (PRODUCTS,))
MADE = Made("run-1", "abc123", ORDERS.version, {"sales_raw.order_lines": 7})
FCT_ORDERS = DbtModel(
    name="fct_orders",
    layer="marts",
    description="Orders. One row per order.",
    columns={"order_id": "The order."},
    models=("stg_orders",),
    tables=("inventory.products",),
    file="models/marts/fct_orders.sql",
    sql="select 1",
)
STG_ORDERS = DbtModel(
    "stg_orders", "staging", "", {}, (), ("sales_raw.order_lines",), "models/staging/stg.sql", "select 2"
)
VERSION = ModelVersion(
    model="fraud",
    version=3,
    run="0123abcd",
    trained_at=datetime(2026, 3, 11, tzinfo=UTC),
    as_of=datetime(2026, 3, 10, tzinfo=UTC),
    seed=7,
    code_version="abc123",
    snapshots={"sales.orders": 9},
    metrics={"AUC": 0.9},
    aliases=("champion",),
    verdict="better than the rule",
    passed=True,
    environment={"scikit-learn": "1.9.1"},
)


def derived(_domain: Domain, product: DataProduct) -> Derivations:
    """How the columns come about: orders from SQL, scores from the model, the others unsaid."""
    if product is ORDERS:
        raw = "sales_raw.order_lines"
        columns = {
            name: Derivation((f"{raw}.{name}",), "sql", "sales.fct_orders") for name in ("order_id", "net_amount")
        }
        return Derivations({**columns, "gross_amount": Derivation((), "sql", "sales.fct_orders")})
    if product is SCORES:
        model = "sales.models.fraud"
        seen = ("sales.orders.net_amount", "sales.orders.order_id")
        return Derivations({"probability": Derivation((model,), "model", model)}, {model: seen})
    return Derivations()


def publish_documents(root: Path) -> None:
    """Write a project's folder: the published documents and governance's own files."""
    export((SALES, INVENTORY), root / "contracts", origins=derived)
    (root / "catalog").symlink_to(PROJECT / "catalog")


def publish_rows(settings: Settings) -> None:
    """Publish a snapshot of the orders, of their raw table and of its quarantine; nothing of the other products."""
    lake, [source] = Lake.open(settings), SALES.sources
    rows = pl.DataFrame([order(1), order(2)], schema=shape_of(Orders).schema)
    _publish(lake, "sales.orders", TableLayout.of(shape_of(Orders)), rows)
    raw = raw_layout(source)
    at = datetime(2026, 3, 11, tzinfo=UTC)
    technical = rows.with_columns(_file=pl.lit("f"), _line=pl.lit(1), _day=pl.col("day"), ingested_at=pl.lit(at))
    _publish(lake, raw_table("sales", source.name), raw, technical.select(raw.schema.names()).cast(raw.schema))
    refused = pl.DataFrame(
        [["order_lines", "f", 1, None, "r", "bad", None, "{}", None, None, "run-1", at]],
        schema=QUARANTINE.schema,
        orient="row",
    )
    _publish(lake, quarantine_table("sales", source.name), QUARANTINE, refused)


def _publish(lake: Lake, table: str, layout: TableLayout, rows: pl.DataFrame) -> None:
    lake.publish(table, layout, lambda: [rows], replace=WholeTable(), made=MADE, audit=lambda _: 5)


def aspect(proposals: Sequence[Proposal], urn: str, name: str) -> Aspect:
    """The aspect of an entity."""
    [found] = [p.aspect for p in proposals if p.urn == urn and p.name == name]
    return found


def names_of(proposals: Sequence[Proposal], kind: str) -> set[str]:
    """The URNs of a type of entity."""
    return {p.urn for p in proposals if p.entity_type == kind}
