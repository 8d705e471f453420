"""Older major versions in a run: made right after the newest one, and never in its way.

Whatever goes wrong with an older major version, the newest one is published already and its readers' runs go on; the
failure is an answer, for whoever runs the steps to report.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from mesh_platform.contract.older import older_products
from mesh_platform.errors import UserError
from mesh_platform.pipeline.context import RunContext
from mesh_platform.pipeline.fingerprint import domain_code
from mesh_platform.pipeline.plan import plan
from mesh_platform.pipeline.steps import Published, refresh_product
from mesh_platform.product import DataProduct, Domain

if TYPE_CHECKING:
    from mesh_platform.lake import Lake


@dataclass(frozen=True, slots=True)
class Behind:
    """An older major version that could not be made; its readers keep what was published before.

    Args:
        table: Its lake table.
        error: Why.
        user: Whether the domain's SQL, contract or data is at fault, and not the mesh.
    """

    table: str
    error: str
    user: bool


def refresh_older_majors(
    domain: Domain, product: DataProduct, context: RunContext, today: date | None = None
) -> Iterator[Published | Behind]:
    """Bring the older major versions of a product up to date with the newest one; those past their sunset stay.

    Args:
        domain: The product's domain.
        product: The product, just published.
        context: The run.
        today: The day on which sunsets are judged; None for today in UTC.
    """
    for older in older_products(domain, product, today or datetime.now(UTC).date()):
        try:
            yield refresh_product(domain, older, context)
        except Exception as error:  # the newest major version is published, and must stay so for its readers' runs
            said = str(error) if isinstance(error, UserError) else f"{type(error).__name__}: {error}"
            yield Behind(domain.full_name(older), said, isinstance(error, UserError))


def majors_behind(domain: Domain, product: DataProduct, lake: "Lake", today: date | None = None) -> list[str]:
    """Name the tables of the older major versions that do not follow the newest one, so that a run has to make them.

    Args:
        domain: The product's domain.
        product: The product.
        lake: The lake.
        today: The day on which sunsets are judged; None for today in UTC.
    """
    if not product.older or lake.current(domain.full_name(product)) is None:
        return []
    alive = older_products(domain, product, today or datetime.now(UTC).date())
    return [domain.full_name(older) for older in alive if plan(domain, older, lake, domain_code(domain)).needed]
