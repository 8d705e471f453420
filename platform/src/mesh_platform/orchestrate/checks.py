"""A contract's promises as blocking asset checks; the audit before publishing has already evaluated them in full."""

from collections.abc import Iterator, Sequence

import dagster as dg

from mesh_platform.contract.audit import Breach
from mesh_platform.errors import ContractBroken
from mesh_platform.lake import Snapshot
from mesh_platform.pipeline.older import Behind

PROMISES = {
    "columns": "Every column is there, of its type, and null only where the contract allows it.",
    "values": "Every value meets its column's checks.",
    "row_rules": "Every row meets the rules across its columns.",
    "key": "No two rows of the snapshot share a key.",
    "references": "Every reference points to a row that is published.",
    "volume": "The snapshot is not smaller than promised, nor has it shrunk more than promised.",
    "freshness": "The newest row is as fresh as the service level promises.",
}


_PROMISE_OF_RULE = {
    "columns": "columns",
    "type": "columns",
    "present": "columns",
    "check": "values",
    "row": "row_rules",
    "unique": "key",
    "key": "key",
    "known": "references",
    "min_rows": "volume",
    "max_shrink": "volume",
    "freshness": "freshness",
}
"""The audit's kinds of rules → the promise that people read."""


def check_specs(asset: dg.AssetKey) -> list[dg.AssetCheckSpec]:
    """Declare the blocking checks of a product.

    Args:
        asset: The product's asset.
    """
    return [
        dg.AssetCheckSpec(name, asset=asset, description=description, blocking=True)
        for name, description in PROMISES.items()
    ]


OLDER_MAJORS = "older_majors"


def older_spec(asset: dg.AssetKey) -> dg.AssetCheckSpec:
    """Declare the check of a product's older major versions; it blocks nothing, for the newest one is published."""
    return dg.AssetCheckSpec(
        OLDER_MAJORS, asset=asset, description="Every older major version follows the newest one.", blocking=False
    )


def older_result(asset: dg.AssetKey, behind: Sequence[Behind]) -> dg.AssetCheckResult:
    """Say which older major versions could not be made, and why.

    Args:
        asset: The product's asset.
        behind: Those.
    """
    lines = [f"{older.table}: {older.error}" for older in behind]
    return dg.AssetCheckResult(
        passed=not lines,
        asset_key=asset,
        check_name=OLDER_MAJORS,
        severity=dg.AssetCheckSeverity.ERROR,
        metadata={"failures": "\n".join(lines) or "none"},
    )


def passed_results(asset: dg.AssetKey, snapshot: Snapshot) -> Iterator[dg.AssetCheckResult]:
    """Say that a published snapshot kept every promise; one that had not would not be published.

    Args:
        asset: The product's asset.
        snapshot: What was published.
    """
    metadata: dict[str, str | int] = {"snapshot": str(snapshot.snapshot_id), "rules checked": snapshot.checks}
    for name in PROMISES:
        yield dg.AssetCheckResult(passed=True, asset_key=asset, check_name=name, metadata=metadata)


def broken_results(asset: dg.AssetKey, broken: ContractBroken) -> Iterator[dg.AssetCheckResult]:
    """Say which promises a refused candidate broke, and which it kept.

    Args:
        asset: The product's asset.
        broken: The refusal, with its breaches.
    """
    for name in PROMISES:
        lines = [b.message for b in broken.breaches if isinstance(b, Breach) and _PROMISE_OF_RULE[b.kind] == name]
        yield dg.AssetCheckResult(
            passed=not lines, asset_key=asset, check_name=name, metadata={"breaches": "\n".join(lines) or "none"}
        )
