"""What is proposed, and governance's own files, held against DataHub's own classes and loaders."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from mesh_platform.catalog.check.datahub import DataHub
from mesh_platform.catalog.documents import documents
from mesh_platform.catalog.governance import METADATA, governance
from mesh_platform.catalog.proposals import Proposal, write
from mesh_platform.errors import UserError
from platform_tests.catalog_tests.samples import PROJECT, aspect

os.environ.setdefault("DATAHUB_TELEMETRY_ENABLED", "false")
GOVERNANCE = PROJECT / "catalog"
Built = list[Proposal]


def read(name: str, value: Any) -> Any:
    """An aspect as DataHub's own class reads it."""
    from datahub.emitter.serialization_helper import post_json_transform

    return _class_of(name).from_obj(post_json_transform(value))


def rewritten(name: str, value: Any) -> Any:
    """An aspect as DataHub's own class reads and writes it."""
    from datahub.emitter.serialization_helper import pre_json_transform

    return pre_json_transform(read(name, value).to_obj())


def accepted(name: str, value: Any) -> bool:
    """Whether DataHub's own class takes an aspect."""
    from avro.errors import AvroException

    try:
        return bool(read(name, value).validate())
    except (AvroException, ValueError, TypeError, AttributeError, KeyError):
        return False


def test_datahubs_classes_read_every_aspect_and_write_the_same(built: Built) -> None:
    differing = [(p.urn, p.name) for p in built if rewritten(p.name, p.aspect) != json.loads(json.dumps(p.aspect))]

    assert differing == []


def test_datahubs_own_check_takes_the_file(built: Built, tmp_path: Path) -> None:
    from datahub.cli.json_file import check_mce_file

    write(built, tmp_path / "metadata.json")

    assert check_mce_file(str(tmp_path / "metadata.json")) == f"{len(built)} MCEs found - all valid"


@pytest.mark.parametrize("name", METADATA)
def test_datahubs_own_check_takes_governances_files(name: str) -> None:
    from datahub.cli.json_file import check_mce_file

    assert check_mce_file(str(GOVERNANCE / name)).endswith("MCEs found - all valid")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", {"removed": "no"}),
        ("status", []),
        ("ownership", {"owners": [{"owner": "urn:li:corpGroup:a", "type": "BOSS"}]}),
        ("ownership", {"owners": [{"type": "NONE"}]}),
        ("dataJobInfo", {"name": "a", "type": {"int": 1}}),
        ("datasetProfile", {"timestampMillis": 1, "rowCount": 1.5}),
        ("datasetProperties", {"customProperties": {"a": 1}}),
        ("schemaMetadata", {"fields": []}),
    ],
)
def test_what_datahub_refuses_is_refused_here(name: str, value: Any) -> None:
    assert not accepted(name, value)
    assert DataHub().judge(name)(value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("status", {"removed": False, "remvoed": True}, ".remvoed is unknown"),
        ("status", {"removed": None}, ".removed is None"),
        ("ownership", {"owners": {}}, ".owners is {}"),
    ],
)
def test_what_datahub_corrects_in_silence_is_refused_here(name: str, value: Any, problem: str) -> None:
    assert accepted(name, value)
    assert rewritten(name, value) != value
    assert problem in DataHub().judge(name)(value)


def test_a_type_that_holds_itself_is_judged_to_its_depth() -> None:
    leaf = {"type": {"type": {"com.linkedin.schema.StringType": {}}}, "nativeDataType": "string"}
    wrong = {"fields": [{**leaf, "fieldPath": "a", "nullable": 1}]}

    assert DataHub().judge("schemaMetadata")(wrong).startswith(".fields[0].nullable is 1")


def test_every_word_of_the_contracts_is_in_governances_files() -> None:
    known = {p.urn for p in governance(GOVERNANCE)}
    columns = [column for contract in documents(PROJECT / "contracts").contracts for column in contract.columns]
    terms = {entry["url"] for column in columns for entry in column.said.get("authoritativeDefinitions", ())}
    tags = {f"urn:li:tag:{tag}" for column in columns for tag in column.tags}

    assert terms
    assert sorted((terms | tags) - known) == []


def test_datahub_reads_the_glossary_as_it_is_read_here() -> None:
    from datahub.ingestion.api.common import PipelineContext
    from datahub.ingestion.source.metadata.business_glossary import (
        BusinessGlossaryFileSource,
        BusinessGlossarySourceConfig,
    )
    from datahub.metadata.schema_classes import GlossaryNodeInfoClass, GlossaryTermInfoClass, OwnershipClass

    config = BusinessGlossarySourceConfig(file=GOVERNANCE / "business_glossary.yml")
    source = BusinessGlossaryFileSource(PipelineContext("t"), config)
    theirs = {}
    for unit in source.get_workunits():
        snapshot = getattr(unit.metadata, "proposedSnapshot", None)
        for found in snapshot.aspects if snapshot else ():
            if snapshot and isinstance(found, GlossaryNodeInfoClass | GlossaryTermInfoClass | OwnershipClass):
                theirs[snapshot.urn, found.ASPECT_NAME] = found.to_obj()
    kinds = ("glossaryNode", "glossaryTerm")
    ours = {
        (p.urn, p.name): _class_of(p.name).from_obj(p.aspect).to_obj()
        for p in governance(GOVERNANCE)
        if p.entity_type in kinds and p.name != "status"
    }

    assert len(ours) > 100
    assert ours == theirs


def test_datahub_reads_the_structured_properties_as_they_are_read_here() -> None:
    from datahub.api.entities.structuredproperties.structuredproperties import StructuredProperties

    theirs = {
        mcp.entityUrn: mcp.aspect.to_obj()
        for said in StructuredProperties.from_yaml(str(GOVERNANCE / "structured_properties.yaml"))
        for mcp in said.generate_mcps()
        if mcp.aspect is not None and mcp.aspect.ASPECT_NAME == "propertyDefinition"
    }
    ours = {
        p.urn: _class_of(p.name).from_obj(p.aspect).to_obj()
        for p in governance(GOVERNANCE)
        if p.name == "propertyDefinition"
    }

    assert len(ours) == 7
    assert ours == theirs


@pytest.mark.parametrize("recipe", sorted((GOVERNANCE / "recipes").glob("*.yaml")), ids=lambda path: str(path.name))
def test_datahub_takes_the_recipes(recipe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from datahub.configuration.config_loader import load_config_file
    from datahub.ingestion.run.pipeline_config import PipelineConfig
    from datahub.ingestion.sink.sink_registry import sink_registry
    from datahub.ingestion.source.source_registry import source_registry

    for name, value in {"MESH_HOME": str(tmp_path), "DATAHUB_GMS_URL": "http://x", "DATAHUB_GMS_TOKEN": "t"}.items():
        monkeypatch.setenv(name, value)

    config = PipelineConfig.from_dict(load_config_file(recipe, resolve_env_vars=True))
    source = source_registry.get(config.source.type)
    source.get_config_class().model_validate(config.source.config)  # type: ignore[attr-defined]

    assert config.sink is not None
    assert sink_registry.get(config.sink.type)
    said = config.source.config or {}
    place = said.get("file") or said.get("path")
    assert str(place).startswith(str(tmp_path)) or (PROJECT / str(place)).exists()


def test_a_file_of_governances_that_can_not_be_understood_is_named(tmp_path: Path) -> None:
    (tmp_path / "business_glossary.yml").write_text("version: '1'\n")

    with pytest.raises(UserError, match=r"business_glossary\.yml: can't be understood .*; correct it"):
        governance(tmp_path)


def test_governance_speaks_of_every_domain() -> None:
    domains = {path.name for path in (PROJECT / "contracts").iterdir() if (path / "sources").is_dir()}
    spoken = {p.urn.rpartition(":")[2] for p in governance(GOVERNANCE) if p.name == "domainProperties"}

    assert domains == spoken
    assert aspect(governance(GOVERNANCE), "urn:li:tag:personal-data", "tagProperties")["name"] == "Personal data"


def _class_of(name: str) -> Any:
    from datahub.metadata.schema_classes import ASPECT_NAME_MAP

    return ASPECT_NAME_MAP[name]
