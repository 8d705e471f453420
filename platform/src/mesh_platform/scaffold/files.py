"""The files of a new domain and of a new product."""

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mesh_platform.scaffold.names import class_name, dashed, title, words
from mesh_platform.scaffold.render import Files, render

if TYPE_CHECKING:
    from mesh_platform.product import Source

SAMPLE_PRODUCT = "daily_events"
SAMPLE_SOURCE = "events"


def domain_files(name: str, today: date) -> Files:
    """Write a domain with a sample source, its deliveries of the last two days, and a product made of them.

    Args:
        name: The domain's name.
        today: The sample's deliveries are of the two days before.
    """
    spellings = {"name": name, "words": words(name), "title": title(name), "dashed": dashed(name)}
    days = {"first_day": today - timedelta(days=2), "last_day": today - timedelta(days=1)}
    return render("domain", {**spellings, **{key: day.isoformat() for key, day in days.items()}})


def product_files(domain: str, product: str, source: "Source") -> Files:
    """Write a product that counts a source's rows by day.

    Args:
        domain: The domain's name.
        product: The product's name.
        source: The source that it is made of.
    """
    return render(
        "product",
        {
            "name": domain,
            "product": product,
            "contract": class_name(product),
            "source": source.name,
            "system": source.system,
            **(_by_day_of_event() if source.event_time else _by_day_of_delivery()),
        },
    )


def _by_day_of_event() -> dict[str, str]:
    return {
        "day": "_day",
        "day_meaning": "The UTC day on which they happened.",
        "partition": ", partition=True",
        "where": "\n    where {{ dbt_mesh.in_days('_day') }}",
        "row_1": "{_day: 2026-01-01, ingested_at: '2026-01-01 09:00:00+00'}",
        "row_2": "{_day: 2026-01-01, ingested_at: '2026-01-01 12:00:00+00'}",
        "row_3": "{_day: 2026-01-02, ingested_at: '2026-01-02 09:00:00+00'}",
    }


def _by_day_of_delivery() -> dict[str, str]:
    return {
        "day": "cast(ingested_at as date)",
        "day_meaning": "The UTC day on which the mesh knew them.",
        "partition": "",
        "where": "",
        "row_1": "{ingested_at: '2026-01-01 09:00:00+00'}",
        "row_2": "{ingested_at: '2026-01-01 12:00:00+00'}",
        "row_3": "{ingested_at: '2026-01-02 09:00:00+00'}",
    }


def deliver_sample(folder: Path, landing: Path) -> list[Path]:
    """Put a domain's sample deliveries into the landing zone; a delivery that is there stays as it is.

    Args:
        folder: The domain's folder.
        landing: The landing zone.

    Returns:
        The files that were delivered.
    """
    target = landing / folder.name / SAMPLE_SOURCE
    target.mkdir(parents=True, exist_ok=True)
    delivered = []
    for file in sorted((folder / "sample").iterdir()):
        landed = target / file.name
        if not landed.exists():
            draft = landed.with_suffix(".part")
            draft.write_bytes(file.read_bytes())
            draft.rename(landed)
            delivered.append(landed)
    return delivered
