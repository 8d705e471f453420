"""Models in DataHub's words: groups, trained versions, and the features that they see.

A model is known from the contract of the product that it predicts, its versions from the registry. So a model that was
never trained is there without a version.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Column, Document
from mesh_platform.catalog.lineage import models_of
from mesh_platform.catalog.proposals import NOBODY, Aspect, Proposal, about
from mesh_platform.catalog.teams import owned_by

if TYPE_CHECKING:
    from mesh_platform.catalog.gather import Mesh
    from mesh_platform.ml.versions import ModelVersion

_KINDS: Final = {
    "string": "NOMINAL",
    "integer": "ORDINAL",
    "number": "CONTINUOUS",
    "boolean": "BINARY",
    "date": "TIME",
    "timestamp": "TIME",
    "array": "SEQUENCE",
}
"""ODCS's logical type → DataHub's kind of feature."""
CHAMPION: Final = "champion"
"""The tag of the version that predicts."""


def models(document: Document, mesh: "Mesh") -> Iterator[Proposal]:
    """Describe the models behind a product, with all their versions.

    Args:
        document: The contract of the product that they predict.
        mesh: Holds the versions.
    """
    for full, columns in sorted(models_of(document).items()):
        name = full.rpartition(".")[2]
        yield from _group(document, name)
        for version in mesh.versions.get(name, ()):
            yield from _version(document, version, _features(columns, mesh))


def feature_tables(documents: Iterable[Document], tables: Mapping[str, Document]) -> Iterator[Proposal]:
    """Describe each table that a model learns from as a feature table.

    Args:
        documents: The contracts of all products.
        tables: Table → the contract that describes its columns.
    """
    seen: dict[str, set[str]] = {}
    for document in documents:
        for column in (c for columns in models_of(document).values() for c in columns):
            table, _, name = column.rpartition(".")
            seen.setdefault(table, set()).add(name)
    for table in sorted(seen.keys() & tables.keys()):
        yield from _feature_table(tables[table], seen[table])


def _group(document: Document, name: str) -> Iterator[Proposal]:
    yield from about(
        urns.model_group(document.domain, name),
        mlModelGroupProperties={
            "customProperties": {"product": document.full_name},
            "description": f"Predicts {document.full_name}. {document.description}",
            "downstreamJobs": [urns.job(document.domain, document.domain, document.name)],
            "name": name,
            "trainingJobs": [urns.job(document.domain, document.domain, "models", name)],
        },
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )


def _version(document: Document, version: "ModelVersion", features: list[str]) -> Iterator[Proposal]:
    urn = urns.model_version(document.domain, version.model, version.version)
    training = f"urn:li:dataProcessInstance:{version.run}"
    at = round(version.trained_at.timestamp() * 1000)
    metrics = [{"name": name, "value": repr(value)} for name, value in version.metrics.items()]
    yield from about(
        urn,
        mlModelProperties={
            "created": {"time": at},
            "customProperties": _facts(version),
            "date": at,
            "description": version.verdict,
            "downstreamJobs": [urns.job(document.domain, document.domain, document.name)],
            "groups": [urns.model_group(document.domain, version.model)],
            "hyperParams": [{"name": "seed", "value": str(version.seed)}],
            "mlFeatures": features,
            "name": f"{version.model} version {version.version}",
            "tags": [],
            "trainingJobs": [training],
            "trainingMetrics": metrics,
            "version": {"versionTag": str(version.version)},
        },
        globalTags={"tags": [{"tag": urns.tag(CHAMPION)}]} if CHAMPION in version.aliases else None,
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )
    yield from _training(document, version, training, at, metrics)


def _training(
    document: Document, version: "ModelVersion", urn: str, at: int, metrics: list[dict[str, str]]
) -> Iterator[Proposal]:
    yield from about(
        urn,
        dataProcessInstanceProperties={
            "created": {**NOBODY, "time": at},
            "customProperties": {},
            "name": f"training of {version.model} version {version.version}",
        },
        dataProcessInstanceRelationships={
            "parentTemplate": urns.job(document.domain, document.domain, "models", version.model),
            "upstreamInstances": [],
        },
        dataProcessInstanceInput={"inputs": [urns.dataset(table) for table in sorted(version.snapshots)]},
        mlTrainingRunProperties={"customProperties": {}, "id": version.run, "trainingMetrics": metrics},
        subTypes={"typeNames": ["ML Training Run"]},
        status={"removed": False},
    )


def _facts(version: "ModelVersion") -> dict[str, str]:
    return {
        "aliases": ", ".join(sorted(version.aliases)) or "none",
        "as of": version.as_of.isoformat(),
        "code version": version.code_version,
        "gate": "passed" if version.passed else "refused",
        "run": version.run,
        "snapshots": json.dumps(dict(sorted(version.snapshots.items()))),
        "environment": json.dumps(dict(sorted(version.environment.items()))),
    }


def _features(columns: Iterable[str], mesh: "Mesh") -> list[str]:
    known = {c.full_name: {column.name: column for column in c.columns} for c in mesh.documents.contracts}
    found = []
    for column in columns:
        table, _, name = column.rpartition(".")
        declared = known.get(table, {}).get(name)
        if declared is not None and not declared.key:
            found.append(urns.feature(table, name))
    return sorted(found)


def _feature_table(document: Document, names: set[str]) -> Iterator[Proposal]:
    table = document.full_name
    used = [column for column in document.columns if column.name in names]
    keys = [column for column in document.columns if column.key]
    yield from about(
        urns.feature_table(table),
        mlFeatureTableProperties={
            "customProperties": {"table": table},
            "description": document.description,
            "mlFeatures": sorted(urns.feature(table, column.name) for column in used if not column.key),
            "mlPrimaryKeys": sorted(urns.feature_key(table, column.name) for column in keys),
        },
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )
    for column in used:
        if not column.key:
            yield from about(
                urns.feature(table, column.name), mlFeatureProperties=_feature(table, column), **_held(document, column)
            )
    for column in keys:
        yield from about(
            urns.feature_key(table, column.name),
            mlPrimaryKeyProperties=_feature(table, column),
            **_held(document, column),
        )


def _feature(table: str, column: Column) -> dict[str, Any]:
    return {
        "customProperties": {"column": f"{table}.{column.name}", **({"unit": column.unit} if column.unit else {})},
        "dataType": _KINDS.get(column.logical_type, "UNKNOWN"),
        "description": column.description,
        "sources": [urns.dataset(table)],
    }


def _held(document: Document, column: Column) -> dict[str, Aspect]:
    """What every feature has: a domain, and the column's tags."""
    found: dict[str, Aspect] = {
        "domains": {"domains": [urns.domain(document.domain)]},
        "status": {"removed": False},
    }
    if column.tags:
        found["globalTags"] = {"tags": [{"tag": urns.tag(name)} for name in column.tags]}
    return found
