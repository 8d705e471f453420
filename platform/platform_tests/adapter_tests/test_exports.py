"""What lands is what the export holds: the same rows, pieces and money, checked with plain SQL over the export."""

import os
from pathlib import Path

import pytest

from mesh_platform.discover import installed_domain
from mesh_platform.ingest import ingest
from mesh_platform.ingest.adapters import adapt
from mesh_platform.lake import Lake
from mesh_platform.settings import Settings
from platform_tests.adapter_tests.exports import EXPORTS, Landing

LINES = """
    select count(*), sum(quantity::bigint),
        sum(quantity::bigint * unit_price::decimal(18, 4) - discount::decimal(18, 4)),
        min(ordered_at)::timestamp::varchar, max(ordered_at)::timestamp::varchar from landed"""


@pytest.mark.parametrize("name", EXPORTS)
def test_order_lines_hold_the_rows_pieces_and_money_of_the_export(landings: dict[str, Landing], name: str) -> None:
    landing = landings[name]
    assert landing.landed("sales/order_lines", LINES) == landing.sql(EXPORTS[name].lines)


@pytest.mark.parametrize("name", EXPORTS)
def test_every_row_of_every_landed_file_is_accepted_or_quarantined(
    landings: dict[str, Landing], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("MESH_LAKE_CATALOG", "MESH_LAKE_WAREHOUSE"):
        monkeypatch.delenv(variable, raising=False)
    settings = Settings.load(landings[name].home)
    lake, written = Lake.open(settings), dict(landings[name].adapted.rows_written)
    refused = {}
    for domain in map(installed_domain, ("inventory", "sales", "customers", "marketing")):
        for source in domain.sources:
            done = ingest(domain, source, lake, settings, run_id="run", code_version="code")
            assert done.read == written.pop(f"{domain.name}/{source.name}", 0)
            assert done.read == done.accepted + done.quarantined
            assert done.late == 0
            if done.quarantined:
                refused[done.source] = done.quarantined
    assert written == {}
    assert refused == EXPORTS[name].refused


def test_the_same_export_makes_the_same_bytes_and_leaves_files_alone(landing: Landing) -> None:
    root = landing.home / "landing"
    before = {file: (root / file).stat().st_mtime_ns for file in landing.adapted.files}
    name = next(export.name for export in EXPORTS.values() if export.folder == landing.export.name)
    again = adapt(name, landing.export, root)
    assert again == landing.adapted
    assert {file: (root / file).stat().st_mtime_ns for file in again.files} == before


def test_online_retail_keeps_cancellations_and_anonymous_customers(landings: dict[str, Landing]) -> None:
    landing = landings["online-retail"]
    asked = "select count(*) filter (order_id like 'C%' and quantity::int < 0), count(customer_id) from landed"
    exported = """select count(*) filter (InvoiceNo like 'C%' and Quantity < 0), count(CustomerID)
        from '{0}/online_retail.parquet'"""
    assert landing.landed("sales/order_lines", asked) == landing.sql(exported)


def test_online_retail_has_a_product_a_code_and_a_profile_a_customer_and_country(landings: dict[str, Landing]) -> None:
    landing = landings["online-retail"]
    products = landing.landed(
        "inventory/product_master", "select count(*), count(distinct sku), count(name) from landed"
    )
    profiles = landing.landed("customers/profiles", "select count(*), count(distinct customer_id) from landed")
    exported = landing.sql(
        """select count(distinct StockCode), count(distinct (CustomerID, Country)) filter (CustomerID is not null),
            count(distinct CustomerID) from '{0}/online_retail.parquet'"""
    )
    ((codes, countries, customers),) = exported
    assert products == [(codes, codes, codes)]
    assert profiles == [(countries, customers)]
    assert landing.landed("customers/profiles", "select distinct country from landed where length(country) <> 2") == []


def test_dunnhumby_lines_bring_in_the_sales_value_each(landings: dict[str, Landing]) -> None:
    landing = landings["dunnhumby"]
    net = "quantity::bigint * unit_price::decimal(18, 4) - discount::decimal(18, 4)"
    landed = (
        f"""select order_id, sku, {net} as net, count(*) from landed where quantity <> '0' group by all order by all"""
    )
    exported = """select basket_id, product_id, sales_value::decimal(18, 4) as net, count(*)
        from '{0}/transactions_sample.parquet' where quantity <> 0 group by all order by all"""
    assert landing.landed("sales/order_lines", landed) == landing.sql(exported)


def test_dunnhumby_campaigns_products_and_households_are_whole(landings: dict[str, Landing]) -> None:
    landing = landings["dunnhumby"]
    counted = "select count(*) from landed"
    assert landing.landed("marketing/campaigns", counted) == landing.sql(
        "select count(*) from '{0}/campaign_descriptions.parquet'"
    )
    assert landing.landed("marketing/campaign_audience", counted) == landing.sql(
        "select count(*) from '{0}/campaigns.parquet'"
    )
    assert landing.landed("inventory/product_master", counted) == landing.sql(
        "select count(*) from '{0}/products.parquet'"
    )
    assert landing.landed("customers/profiles", counted) == landing.sql(
        """select count(*) from (select household_id from '{0}/transactions_sample.parquet'
            union select household_id from '{0}/campaigns.parquet'
            union select household_id from '{0}/demographics.parquet')"""
    )


def test_fraud_is_reported_a_week_after_the_transaction(landings: dict[str, Landing]) -> None:
    landing = landings["fraud-handbook"]
    landed = "select count(*), min(reported_at)::timestamp::varchar, sum(order_id::bigint) from landed"
    exported = """select count(*), (date_trunc('second', min(TX_DATETIME)::timestamp) + interval 7 days)::varchar,
        sum(TRANSACTION_ID) from '{0}/transactions_raw.parquet' where TX_FRAUD = 1"""
    assert landing.landed("sales/fraud_reports", landed) == landing.sql(exported)


def test_cdnow_customers_are_those_of_the_export(landings: dict[str, Landing]) -> None:
    landing = landings["cdnow"]
    profiles = landing.landed("customers/profiles", "select count(*), min(customer_id), max(customer_id) from landed")
    assert profiles == [(23_570, "00001", "23570")]  # as published with the export


def test_a_file_is_whole_or_not_there(landings: dict[str, Landing], tmp_path: Path) -> None:
    landing = landings["cdnow"]

    def crash(feed: str, done: int, total: int) -> None:
        if (feed, done) == ("sales/order_lines", 7):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        adapt("cdnow", landing.export, tmp_path, crash)
    root = landing.home / "landing"
    there = {Path(folder, file) for folder, _, files in os.walk(tmp_path / "sales") for file in files}
    assert len(there) == 7
    assert all(file.read_bytes() == (root / file.relative_to(tmp_path)).read_bytes() for file in there)
    assert adapt("cdnow", landing.export, tmp_path) == landing.adapted
