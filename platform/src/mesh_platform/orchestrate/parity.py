"""What a domain served online, held against the lake by a job of its own; `ml.watch` tells it of the models."""

from typing import TYPE_CHECKING, Any

import dagster as dg

from mesh_platform.lake import Lake
from mesh_platform.pipeline.online import compare_domain
from mesh_platform.product import Domain
from mesh_platform.settings import Settings

if TYPE_CHECKING:
    from mesh_platform.features.online.parity import Parity

PARITY = "parity"
"""The job of every domain that keeps features online."""


def parity_job(domain: Domain) -> dg.JobDefinition:
    """Make the job that compares what was served of a domain's feature views with the lake; a difference fails it.

    Args:
        domain: The domain.
    """

    @dg.op(
        name=f"compare_{domain.name}",
        description="Compute served features again from the lake, point-in-time; every bit must be equal.",
        out=dg.Out(dg.Nothing),
    )
    def compare(context: dg.OpExecutionContext) -> None:
        settings = Settings.load()
        found = compare_domain(domain, Lake.open(settings), settings)
        wrong = {one.view: one.columns for one in found if one.mismatches}
        if wrong:
            said = "; ".join(f"{view} ({', '.join(columns)})" for view, columns in sorted(wrong.items()))
            raise dg.Failure(
                f"{domain.name} served {sum(one.mismatches for one in found):,} values otherwise than the lake has "
                f"them: {said} (rule: 0 mismatches); `mesh features list` tells what is online, and what reads these "
                f"views is in question until a comparison finds none",
                metadata=outcome(found),
                allow_retries=False,
            )
        context.add_output_metadata(outcome(found))

    @dg.job(name=PARITY, description=f"Hold the features that {domain.name} served against the lake.")
    def parity() -> None:
        compare()

    return parity


def outcome(found: "list[Parity]") -> dict[str, Any]:
    """What people see of a comparison in the Dagster UI.

    Args:
        found: The result of each view.
    """
    rows = [
        dg.TableRecord(
            {
                "view": one.view,
                "version": one.version,
                "compared": one.compared,
                "values": one.values,
                "mismatches": one.mismatches,
                "columns": ", ".join(one.columns),
                "skipped": one.skipped,
            }
        )
        for one in found
    ]
    return {
        "mismatches": sum(one.mismatches for one in found),
        "served entities": sum(one.compared for one in found),
        "values": sum(one.values for one in found),
        "skipped": sum(one.skipped for one in found),
        "views": dg.MetadataValue.table(rows),
    }
