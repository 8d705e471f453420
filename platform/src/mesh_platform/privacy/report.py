"""Where persons' data lives: the answer to "what do you hold of your customers, where, why, and for how long"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mesh_platform.contract.forgetting import PersonalColumn
from mesh_platform.pipeline.maintain import PRIVATE_RETENTION_DAYS
from mesh_platform.privacy.places import Place

if TYPE_CHECKING:
    from mesh_platform.lake import Lake
    from mesh_platform.settings import Settings

Kind = Literal["product", "raw table", "landed files", "quarantine", "model", "warehouse"]
WHOLE_RECORD = "(whole records)"


@dataclass(frozen=True, slots=True)
class Holding:
    """A column of personal data in one place.

    Args:
        place: The table, folder, model version or file.
        kind: What the place is.
        column: The column; WHOLE_RECORD where records are kept as they landed.
        personal: The kinds of personal data.
        classification: Who may see it.
        owner: The e-mail address of who answers for it.
        retention: How long it stays, in words.
        purposes: Reader → what it is read for.
        rows: Rows of the place now; None where that can't be told.
    """

    place: str
    kind: Kind
    column: str
    personal: str
    classification: str
    owner: str
    retention: str
    purposes: Mapping[str, str]
    rows: int | None


def holdings(settings: Settings, lake: Lake, where: Mapping[str, Place]) -> list[Holding]:
    """List every place and column that holds persons' data.

    Args:
        settings: Where state lives.
        lake: The lake.
        where: The places.
    """
    personal = [place for place in where.values() if place.columns]
    found = [holding for place in personal for holding in _of_table(lake, place)]
    found += [holding for place in personal if place.landing for holding in _of_feed(settings, lake, place)]
    return [*found, *_models(settings, {place.table: place for place in personal}), *_warehouses(settings, personal)]


def _of_table(lake: Lake, place: Place) -> Iterator[Holding]:
    snapshot = lake.current(place.table)
    rows = snapshot.rows if snapshot else None
    kept = f"while it is current; old states {place.retention_days} days"
    for column in place.columns:
        yield _holding(place, place.table, place.kind, column, kept, rows)


def _of_feed(settings: Settings, lake: Lake, place: Place) -> Iterator[Holding]:
    """The landed files of a source and its quarantine."""
    folder = settings.landing / place.landing
    files = sum(path.is_file() for path in folder.glob("*")) if folder.is_dir() else 0
    kept = f"{files:,} files, until the team removes them"
    for column in place.columns:
        yield _holding(place, f"landing/{place.landing}", "landed files", column, kept, None)
    table = place.table.replace("_raw.", "_quarantine.")
    if (snapshot := lake.current(table)) and snapshot.rows:
        kinds = ", ".join(sorted({column.kind for column in place.columns}))
        secret = max(
            (column.classification for column in place.columns), key=("internal", "confidential", "restricted").index
        )
        kept = f"until the file is corrected; old states {PRIVATE_RETENTION_DAYS} days"
        yield Holding(
            table,
            "quarantine",
            WHOLE_RECORD,
            kinds,
            secret,
            place.owner,
            kept,
            {"mesh quarantine": "repair"},
            snapshot.rows,
        )


def _models(settings: Settings, personal: Mapping[str, Place]) -> Iterator[Holding]:
    """The model versions that learnt from tables with personal data; their files hold predictions without keys."""
    from mesh_platform.ml.registry import Registry

    if not Registry.exists(settings):
        return
    from mesh_platform.ml.erasures import marks

    registry = Registry.open(settings)
    for version in (v for model in registry.models() for v in registry.versions(model)):
        tables = sorted(set(version.snapshots) & set(personal))
        if not tables:
            continue
        erased = marks(registry, version)
        yield Holding(
            place=f"model {version.model}:{version.version}",
            kind="model",
            column="(learnt)",
            personal=", ".join(sorted({c.kind for table in tables for c in personal[table].columns})),
            classification="confidential",
            owner=personal[tables[0]].owner,
            retention="while it is registered" + (f"; persons erased since: {', '.join(erased)}" if erased else ""),
            purposes=dict.fromkeys(tables, "learnt from"),
            rows=None,
        )


def _warehouses(settings: Settings, personal: list[Place]) -> Iterator[Holding]:
    owners = {place.domain: place.owner for place in personal}
    for domain, owner in sorted(owners.items()):
        file: Path = settings.warehouse(domain)
        if file.exists():
            kinds = ", ".join(sorted({c.kind for p in personal if p.domain == domain for c in p.columns}))
            kept = "disposable; an erasure deletes it"
            yield Holding(
                f"warehouse/{file.name}",
                "warehouse",
                "(marts)",
                kinds,
                "restricted",
                owner,
                kept,
                {"dbt": "works in it"},
                None,
            )


def _holding(place: Place, name: str, kind: Kind, column: PersonalColumn, kept: str, rows: int | None) -> Holding:
    return Holding(
        name, kind, column.name, column.kind, column.classification, place.owner, kept, dict(place.purposes), rows
    )
