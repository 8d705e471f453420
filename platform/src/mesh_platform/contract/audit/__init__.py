"""The audit: every rule of a contract, on every row of a candidate snapshot, before anybody can read it.

Nothing is sampled and nothing can be switched off from outside. Structure comes first: a file that lacks a column
can't be asked about its rows. Then every new row meets the contract's own Pandera schema, chunk by chunk, and what
only a whole table can answer (keys, references, volume, freshness) is asked of DuckDB, which spills to disk.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from mesh_platform.contract.audit.report import AuditReport, Breach, Findings
from mesh_platform.contract.audit.rows import check_rows, check_structure
from mesh_platform.contract.audit.rules import rules_of
from mesh_platform.contract.audit.tables import Tables, check_freshness, check_references, check_unique, check_volume
from mesh_platform.contract.columns import Contract
from mesh_platform.product import ServiceLevel

__all__ = ["AuditReport", "Breach", "audit", "check_names"]


def check_names(contract: type[Contract]) -> list[tuple[str, str | None, str]]:
    """List the contract's rules as (name, column or None, description), in the order of the audit."""
    return [(rule.name, rule.column, rule.description) for rule in rules_of(contract).values()]


def audit(
    contract: type[Contract],
    new_files: Sequence[str],
    kept_files: Sequence[str],
    references: Mapping[str, Sequence[str]],
    *,
    name: str,
    rows_before: int,
    rows_after: int,
    service_level: ServiceLevel,
    newest_delivery: date | None,
    memory_mb: int = 1024,
) -> AuditReport:
    """Check every rule of a contract and report each, broken or not.

    Args:
        contract: What every row promises.
        new_files: The Parquet files that the candidate adds; each of their rows is checked.
        kept_files: The files it keeps; their rows were audited when they were published, so that they only
            matter where new rows could collide with them.
        references: "<domain>.<table>.<column>" → the Parquet files that hold every known value.
        name: The table's full name, such as "sales.orders".
        rows_before: How many rows the snapshot before it has; 0 where there is none.
        rows_after: How many rows the candidate has.
        service_level: The volume and freshness that are promised.
        newest_delivery: The newest day that the table's sources delivered; None leaves freshness unchecked.
        memory_mb: What DuckDB may use before it spills to disk.

    Raises:
        BadContract: Where a reference's table is not given.
    """
    findings = Findings(name, contract)
    check_structure(contract, new_files, findings)
    if findings.broken:
        return findings.report()
    check_rows(contract, new_files, findings)
    with Tables.open(new_files, kept_files, memory_mb) as tables:
        check_unique(contract, tables, findings)
        check_references(contract, tables, references, findings)
        check_volume(service_level, rows_before, rows_after, findings)
        check_freshness(contract, tables, service_level, newest_delivery, findings)
    return findings.report()
