"""Facts of a run as OpenLineage's events, each one line of JSON.

START names what is read and written; COMPLETE and FAIL also describe it, so that an event is not said twice over.
What an audit found is an *input* facet by the standard: so an audit is a run of its own, which reads its product.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Literal

from mesh_platform.lineage.facts import DatasetFacts, JobFacts, RunFacts, RunRef, namespace_of

if TYPE_CHECKING:
    from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run
    from openlineage.client.generated.column_lineage_dataset import InputField

    from mesh_platform.product import Owner

State = Literal["START", "COMPLETE", "FAIL", "ABORT"]
ENGINE = "dagster"
"""What the mesh is orchestrated by; DataHub takes the engine's name for the orchestrator's and knows this one."""
PRODUCER = "https://omnishop.example/mesh-platform"
MAX_MESSAGE = 2000
"""Characters of an error message; the run's log has the rest."""


def new_run_id() -> str:
    """Name a run: a UUID that sorts by time."""
    from openlineage.client.uuid import generate_new_uuid

    return str(generate_new_uuid())


def run_event(
    state: State, ref: RunRef, facts: RunFacts, namespace: str, parent: RunRef | None = None, error: str = ""
) -> bytes:
    """Write an event.

    Args:
        state: Where the run is.
        ref: The run.
        facts: What is known of it.
        namespace: The namespace of the mesh's jobs.
        parent: The run that started it.
        error: Why it failed.
    """
    from openlineage.client.event_v2 import RunEvent, RunState, set_producer
    from openlineage.client.serde import Serde

    set_producer(f"{PRODUCER}/{_version('mesh-platform')}")
    told = state != "START"
    event = RunEvent(
        eventType=RunState[state],
        eventTime=_now(),
        run=_run(ref, facts, namespace, parent, error),
        job=_job(facts.job, namespace),
        inputs=[_input(dataset, told=told) for dataset in facts.inputs],
        outputs=[_output(dataset, told=told) for dataset in facts.outputs],
    )
    return _line(_without_empty(Serde.to_dict(event)))


def aborted(start: bytes) -> bytes:
    """Write the end of a run whose process was killed, out of its START.

    Args:
        start: The START event.
    """
    from openlineage.client.event_v2 import set_producer
    from openlineage.client.facet_v2 import error_message_run
    from openlineage.client.serde import Serde

    set_producer(f"{PRODUCER}/{_version('mesh-platform')}")
    event: dict[str, Any] = json.loads(start)
    said = error_message_run.ErrorMessageRunFacet("its process ended before it did", "Python")
    event["run"]["facets"]["errorMessage"] = Serde.to_dict(said)
    return _line(event | {"eventType": "ABORT", "eventTime": _now()})


def _line(event: dict[str, Any]) -> bytes:
    return json.dumps(event, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _without_empty(content: Any) -> Any:
    """Leave out the empty optional lists and objects that the client fills in, such as a field's nested fields."""
    if isinstance(content, dict):
        kept = {key: _without_empty(value) for key, value in content.items()}
        return {key: value for key, value in kept.items() if value not in ({}, []) or key in ("inputs", "outputs")}
    return [_without_empty(value) for value in content] if isinstance(content, list) else content


@cache
def _version(distribution: str) -> str:
    """The version of an installed package; looking it up takes milliseconds."""
    return version(distribution)


def _run(ref: RunRef, facts: RunFacts, namespace: str, parent: RunRef | None, error: str) -> Run:
    from openlineage.client.event_v2 import Run
    from openlineage.client.facet_v2 import error_message_run, nominal_time_run, processing_engine_run

    engine = processing_engine_run.ProcessingEngineRunFacet(
        version=_version(ENGINE), name=ENGINE, openlineageAdapterVersion=_version("openlineage-python")
    )
    facets: dict[str, Any] = {"processing_engine": engine}
    if parent:
        facets["parent"] = _parent(parent, namespace)
    if facts.days:
        first, last = (datetime.combine(day, time(), UTC) for day in facts.days)
        facets["nominalTime"] = nominal_time_run.NominalTimeRunFacet(
            first.isoformat(), (last + timedelta(days=1)).isoformat()
        )
    if error:
        facets["errorMessage"] = error_message_run.ErrorMessageRunFacet(error[:MAX_MESSAGE], "Python")
    return Run(ref.run_id, facets)


def _parent(parent: RunRef, namespace: str) -> Any:
    from openlineage.client.facet_v2 import parent_run

    root = parent.root or parent
    return parent_run.ParentRunFacet(
        run=parent_run.Run(parent.run_id),
        job=parent_run.Job(namespace, parent.job),
        root=parent_run.Root(parent_run.RootRun(root.run_id), parent_run.RootJob(namespace, root.job)),
    )


def _job(job: JobFacts, namespace: str) -> Job:
    from openlineage.client.event_v2 import Job
    from openlineage.client.facet_v2 import documentation_job, job_type_job, ownership_job, tags_job

    facets: dict[str, Any] = {
        "documentation": documentation_job.DocumentationJobFacet(job.description, "text/markdown"),
        "jobType": job_type_job.JobTypeJobFacet("BATCH", ENGINE.upper(), job.kind),
    }
    if job.owner:
        facets["ownership"] = ownership_job.OwnershipJobFacet([ownership_job.Owner(_urn(job.owner), "MAINTAINER")])
    if job.versions:
        tags = [tags_job.TagsJobFacetFields(name, found, "MESH") for name, found in sorted(job.versions.items())]
        facets["tags"] = tags_job.TagsJobFacet(tags)
    return Job(namespace, job.name, facets)


def _urn(owner: Owner) -> str:
    """A team as the standard recommends to write it, by the name that the catalog gives its group."""
    return f"team:{owner.email.partition('@')[0]}"


def _input(dataset: DatasetFacts, *, told: bool) -> InputDataset:
    from openlineage.client.event_v2 import InputDataset
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality
    from openlineage.client.facet_v2 import input_statistics_input_dataset as statistics

    found: dict[str, Any] = {}
    if told and dataset.rows is not None:
        found["inputStatistics"] = statistics.InputStatisticsInputDatasetFacet(
            dataset.rows, dataset.bytes, dataset.files
        )
    if told and dataset.promises:
        found["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(
            [
                quality.Assertion(
                    assertion=promise.name.rpartition("__")[2],
                    success=not promise.broken,
                    column=promise.column,
                    severity="error",
                    name=promise.name,
                    description=promise.description,
                    actual=f"{promise.broken} broken" if promise.broken else None,
                )
                for promise in dataset.promises
            ]
        )
    return InputDataset(dataset.namespace, dataset.name, found, facets=_described(dataset) if told else {})


def _output(dataset: DatasetFacts, *, told: bool) -> OutputDataset:
    from openlineage.client.event_v2 import OutputDataset
    from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

    found: dict[str, Any] = {}
    if told and dataset.rows is not None:
        found["outputStatistics"] = statistics.OutputStatisticsOutputDatasetFacet(
            dataset.rows, dataset.bytes, dataset.files
        )
    return OutputDataset(dataset.namespace, dataset.name, found, facets=_described(dataset) if told else {})


def _described(dataset: DatasetFacts) -> dict[str, Any]:
    from openlineage.client.facet_v2 import (
        dataset_version_dataset,
        documentation_dataset,
        lifecycle_state_change_dataset,
        ownership_dataset,
        schema_dataset,
    )

    facets: dict[str, Any] = {}
    if dataset.fields:
        columns = [
            schema_dataset.SchemaDatasetFacetFields(column.name, column.type, column.description, number)
            for number, column in enumerate(dataset.fields, 1)
        ]
        facets["schema"] = schema_dataset.SchemaDatasetFacet(columns)
    if dataset.description:
        facets["documentation"] = documentation_dataset.DocumentationDatasetFacet(dataset.description)
    if dataset.owner:
        owner = ownership_dataset.Owner(_urn(dataset.owner), "MAINTAINER")
        facets["ownership"] = ownership_dataset.OwnershipDatasetFacet([owner])
    if dataset.version:
        facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(dataset.version)
    if dataset.change:
        change = lifecycle_state_change_dataset.LifecycleStateChange[dataset.change]
        facets["lifecycleStateChange"] = lifecycle_state_change_dataset.LifecycleStateChangeDatasetFacet(change)
    if any(dataset.origins.values()):
        facets["columnLineage"] = _column_lineage(dataset)
    return facets


def _column_lineage(dataset: DatasetFacts) -> Any:
    from openlineage.client.facet_v2 import column_lineage_dataset

    return column_lineage_dataset.ColumnLineageDatasetFacet(
        {
            column: column_lineage_dataset.Fields([_input_field(origin) for origin in found])
            for column, found in dataset.origins.items()
            if found
        }
    )


def _input_field(origin: str) -> InputField:
    from openlineage.client.facet_v2 import column_lineage_dataset

    table, _, column = origin.rpartition(".")
    return column_lineage_dataset.InputField(namespace_of(table), table, column)
