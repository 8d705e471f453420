"""What the public exports hold, said in plain SQL over the exports themselves."""

from dataclasses import dataclass
from pathlib import Path

import duckdb

from mesh_platform.ingest.adapters import Adapted


@dataclass(frozen=True, slots=True)
class Export:
    """A public export.

    Args:
        name: Its adapter.
        folder: Its folder.
        lines: A query for its order lines: rows, pieces, money, first and last second; `{0}` is the folder.
        refused: "<domain>.<source>" → how many of its rows the contracts refuse.
    """

    name: str
    folder: str
    lines: str
    refused: dict[str, int]


@dataclass(frozen=True, slots=True)
class Landing:
    """An adapted export.

    Args:
        home: The mesh's home.
        export: The export's folder.
        adapted: What the adapter told.
    """

    home: Path
    export: Path
    adapted: Adapted

    def sql(self, query: str) -> list[tuple[object, ...]]:
        """Ask the export; `{0}` is its folder."""
        return duckdb.execute(query.format(self.export)).fetchall()

    def landed(self, source: str, query: str) -> list[tuple[object, ...]]:
        """Ask the landed files of a source, as the text that they are; they are called `landed`."""
        files = self.home / "landing" / source / "*.csv"
        landed = f"(from read_csv('{files}', all_varchar = true, header = true))"
        return duckdb.execute(f"with landed as {landed} {query}").fetchall()


EXPORTS = {
    export.name: export
    for export in (
        Export(
            "online-retail",
            "uci-online-retail",
            """select count(*), sum(Quantity), sum(Quantity * UnitPrice::decimal(18, 4)), min(InvoiceDate)::varchar,
                max(InvoiceDate)::varchar from '{0}/online_retail.parquet'""",
            {"sales.order_lines": 2},
        ),
        Export(
            "dunnhumby",
            "dunnhumby-complete-journey-sample",
            """select count(*), sum(quantity)::bigint,
                sum(if(quantity = 0, -(retail_disc + coupon_match_disc), sales_value)::decimal(18, 4)),
                make_timestamp((min(transaction_timestamp) * 1000000)::bigint)::varchar,
                make_timestamp((max(transaction_timestamp) * 1000000)::bigint)::varchar
                from '{0}/transactions_sample.parquet'""",
            {"sales.order_lines": 416},
        ),
        Export(
            "fraud-handbook",
            "fraud-handbook-simulated",
            """select count(*), count(*), sum(TX_AMOUNT::decimal(18, 4)),
                date_trunc('second', min(TX_DATETIME)::timestamp)::varchar,
                date_trunc('second', max(TX_DATETIME)::timestamp)::varchar from '{0}/transactions_raw.parquet'""",
            {},
        ),
        Export(
            "cdnow",
            "cdnow",
            """select count(*), sum(part[3]::bigint), sum(part[4]::decimal(18, 4)),
                strptime(min(part[2]), '%Y%m%d')::varchar, strptime(max(part[2]), '%Y%m%d')::varchar
                from (select regexp_split_to_array(trim(line, ' \r'), ' +') as part
                from read_csv('{0}/CDNOW_master.txt', columns = {{'line': 'varchar'}}, header = true, delim = '|'))""",
            {},
        ),
    )
}
