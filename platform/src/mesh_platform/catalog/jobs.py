"""Dagster in DataHub's words: a domain is a flow, an asset a job, and what a run did for an asset an instance."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from mesh_platform.catalog import urns
from mesh_platform.catalog.documents import Document, ProductDocuments
from mesh_platform.catalog.lineage import inputs_of, models_of
from mesh_platform.catalog.proposals import NOBODY, Proposal, about
from mesh_platform.catalog.tables import WHOLE, SourceNames, milliseconds
from mesh_platform.catalog.teams import owned_by

if TYPE_CHECKING:
    from mesh_platform.catalog.gather import Mesh, Stored


def flow(document: Document) -> Iterator[Proposal]:
    """Describe a domain's Dagster code location by any of its contracts."""
    yield from about(
        urns.flow(document.domain),
        dataFlowInfo={
            "customProperties": {},
            "description": f"Ingests, transforms, audits and publishes everything of {document.domain}.",
            "name": document.domain,
            "project": document.domain,
        },
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )


def source_job(document: Document, mesh: "Mesh") -> Iterator[Proposal]:
    """Describe the asset that ingests a source, and its latest run."""
    names = SourceNames(document)
    yield from _job(
        document,
        ("raw", document.name),
        f"Reads what landed of {document.name}: accepted rows, and quarantine for the others.",
        "Ingest",
        [names.landing],
        [names.raw, names.quarantine],
        mesh.stored.get(names.raw),
    )


def product_job(product: ProductDocuments, mesh: "Mesh") -> Iterator[Proposal]:
    """Describe the asset that makes a product, the assets that train its models, and its latest run."""
    document = product.newest
    models = models_of(document)
    trains = [_model_key(name) for name in sorted(models)]
    yield from _job(
        document,
        (document.name,),
        f"Makes {document.full_name}, audits it against its contract and publishes it.",
        "Predict" if models else "Transform",
        inputs_of(product),
        [document.full_name],
        mesh.stored.get(document.full_name),
        after=[urns.job(document.domain, document.domain, *key) for key in trains],
    )
    for name, key in zip(sorted(models), trains, strict=True):
        tables = sorted({column.rpartition(".")[0] for column in models[name]})
        yield from _job(
            document,
            key,
            f"Trains the next version of {name}; the gate decides whether it predicts.",
            "Train",
            tables,
            [],
        )


def _model_key(name: str) -> tuple[str, str]:
    """The asset key of a model below its domain, from "<domain>.models.<name>"."""
    return "models", name.rpartition(".")[2]


def _job(
    document: Document,
    key: tuple[str, ...],
    description: str,
    kind: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    stored: "Stored | None" = None,
    after: Sequence[str] = (),
) -> Iterator[Proposal]:
    full = (document.domain, *key)
    urn = urns.job(document.domain, *full)
    yield from about(
        urn,
        dataJobInfo={
            "customProperties": {"asset key": "/".join(full)},
            "description": description,
            "flowUrn": urns.flow(document.domain),
            "name": "/".join(full),
            "type": {"string": "DAGSTER"},
        },
        dataJobInputOutput={
            "inputDatasets": [urns.dataset(table) for table in inputs],
            "outputDatasets": [urns.dataset(table) for table in outputs],
            **({"inputDatajobs": list(after)} if after else {}),
        },
        subTypes={"typeNames": [kind]},
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        status={"removed": False},
    )
    if stored and "run_id" in stored.snapshot.properties:
        yield from _run(urn, full, inputs, outputs, stored)


def _run(
    job: str, key: tuple[str, ...], inputs: Sequence[str], outputs: Sequence[str], stored: "Stored"
) -> Iterator[Proposal]:
    """The run that made the current snapshot; the lake knows its end, not its beginning."""
    snapshot, at = stored.snapshot, milliseconds(stored)
    told = {
        name: snapshot.properties[name] for name in ("run_id", "code_version", "model") if name in snapshot.properties
    }
    yield from about(
        urns.run(snapshot.properties["run_id"], *key),
        dataProcessInstanceProperties={
            "created": {**NOBODY, "time": at},
            "customProperties": {**told, "snapshot": str(snapshot.snapshot_id)},
            "name": f"{'/'.join(key)} in {snapshot.properties['run_id']}",
        },
        dataProcessInstanceRelationships={"parentTemplate": job, "upstreamInstances": []},
        dataProcessInstanceInput={"inputs": [urns.dataset(table) for table in inputs]},
        dataProcessInstanceOutput={"outputs": [urns.dataset(table) for table in outputs]},
        dataProcessInstanceRunEvent={
            "partitionSpec": WHOLE,
            "result": {"nativeResultType": urns.ORCHESTRATOR, "type": "SUCCESS"},
            "status": "COMPLETE",
            "timestampMillis": at,
        },
        status={"removed": False},
    )
