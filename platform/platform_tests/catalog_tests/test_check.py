from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mesh_platform.catalog.check import RULES, check
from mesh_platform.catalog.proposals import Proposal, write
from mesh_platform.cli.main import app
from platform_tests.catalog_tests.samples import DATASET, RAW

Built = list[Proposal]
Fault = Callable[[Built], Built]
PRODUCT = "urn:li:dataProduct:sales.orders"
EMAIL = f"urn:li:schemaField:({DATASET},customer_email)"


def changed(urn: str, name: str, change: Callable[[Mapping[str, Any]], Mapping[str, Any]]) -> Fault:
    """Plant a fault in one aspect."""

    def plant(built: Built) -> Built:
        assert any(p.urn == urn and p.name == name for p in built)
        return [replace(p, aspect=change(p.aspect)) if (p.urn, p.name) == (urn, name) else p for p in built]

    return plant


def without(urn: str, name: str = "") -> Fault:
    """Take an aspect away, or a whole entity."""

    def plant(built: Built) -> Built:
        kept = [p for p in built if p.urn != urn or (name and p.name != name)]
        assert len(kept) < len(built)
        return kept

    return plant


def added(*proposals: Proposal) -> Fault:
    """Add proposals."""
    return lambda built: [*built, *proposals]


def untagged(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**schema, "fields": [{k: v for k, v in f.items() if k != "globalTags"} for f in schema["fields"]]}


def lineage_from(column: str) -> Fault:
    def renamed(lineage: Mapping[str, Any]) -> Mapping[str, Any]:
        fine = [{**f, "upstreams": [f"urn:li:schemaField:({RAW},{column})"]} for f in lineage["fineGrainedLineages"]]
        return {**lineage, "fineGrainedLineages": fine}

    return changed(DATASET, "upstreamLineage", renamed)


def lineage_to(column: str) -> Fault:
    def renamed(lineage: Mapping[str, Any]) -> Mapping[str, Any]:
        fine = [
            {**f, "downstreams": [f"urn:li:schemaField:({DATASET},{column})"]} for f in lineage["fineGrainedLineages"]
        ]
        return {**lineage, "fineGrainedLineages": fine}

    return changed(DATASET, "upstreamLineage", renamed)


def classified(value: str) -> Fault:
    urn = "urn:li:structuredProperty:omnishop.classification"
    return changed(
        DATASET, "structuredProperties", lambda _: {"properties": [{"propertyUrn": urn, "values": [{"string": value}]}]}
    )


def given_unit(_aspect: Mapping[str, Any]) -> Mapping[str, Any]:
    urn = "urn:li:structuredProperty:omnishop.unit"
    return {"properties": [{"propertyUrn": urn, "values": [{"string": "EUR"}]}]}


BROKEN = "urn:li:dataset:(sales.orders)"
FAULTS: Sequence[tuple[str, str, Fault, str]] = [
    ("readable URN", BROKEN, added(Proposal("dataset", BROKEN, "status", {"removed": False})), "is no URN"),
    ("legal aspect", PRODUCT, added(Proposal("dataProduct", PRODUCT, "schemaMetadata", {})), "none of dataProduct's"),
    ("legal aspect", "urn:li:shop:a", added(Proposal("shop", "urn:li:shop:a", "status", {})), "no entity 'shop'"),
    ("legal aspect", DATASET, added(Proposal("dataProduct", DATASET, "status", {})), "its URN says otherwise"),
    ("readable URN", "nonsense", added(Proposal("tag", "nonsense", "status", {"removed": False})), "is no URN"),
    ("valid aspect", DATASET, changed(DATASET, "status", lambda _: {"removed": "no"}), "status.removed is 'no'"),
    ("valid aspect", DATASET, changed(DATASET, "status", lambda s: {**s, "gone": 1}), "status.gone is unknown"),
    ("valid aspect", PRODUCT, changed(PRODUCT, "domains", lambda _: {}), "domains.domains is missing"),
    ("proposed once", DATASET, added(Proposal("dataset", DATASET, "status", {"removed": True})), "proposed twice"),
    ("no dangling reference", "urn:li:domain:sales", without("urn:li:domain:sales"), "is not described; named in"),
    ("no dangling reference", "urn:li:corpGroup:sales", without("urn:li:corpGroup:sales"), "and "),
    ("no dangling reference", RAW, without(RAW), "is not described"),
    ("governed word", "urn:li:tag:personal-data", without("urn:li:tag:personal-data"), "in none of governance's files"),
    ("governed word", "urn:li:glossaryTerm:SKU", without("urn:li:glossaryTerm:SKU"), "add it to catalog/"),
    (
        "column exists",
        f"urn:li:schemaField:({RAW},nowhere)",
        lineage_from("nowhere"),
        "no column of its dataset's schema",
    ),
    (
        "column exists",
        f"urn:li:schemaField:({DATASET},nowhere)",
        lineage_to("nowhere"),
        "no column of its dataset's schema",
    ),
    ("complete product", PRODUCT, without(PRODUCT, "ownership"), "lacks owner"),
    ("complete product", PRODUCT, without(PRODUCT, "domains"), "lacks domain"),
    ("complete product", PRODUCT, without("urn:li:dataContract:sales.orders.v1"), "lacks contract"),
    (
        "complete product",
        PRODUCT,
        changed(PRODUCT, "dataProductProperties", lambda p: {**p, "assets": []}),
        "lacks output port, contract",
    ),
    (
        "tagged personal data",
        EMAIL,
        changed(DATASET, "schemaMetadata", untagged),
        "its field lacks the tag personal-data",
    ),
    ("tagged personal data", EMAIL, without(DATASET, "globalTags"), "its dataset lacks the tag personal-data"),
    ("defined property", DATASET, classified("secret"), "classification is secret (rule: one of public, internal"),
    (
        "defined property",
        DATASET,
        changed(DATASET, "structuredProperties", given_unit),
        "omnishop.unit is not for a dataset",
    ),
]


def test_what_is_built_has_no_finding(built: Built) -> None:
    assert check(built).findings == ()


@pytest.mark.parametrize(("rule", "urn", "fault", "problem"), FAULTS, ids=[f"{f[0]}: {f[3]}" for f in FAULTS])
def test_a_planted_fault_is_found_by_its_rule(built: Built, rule: str, urn: str, fault: Fault, problem: str) -> None:
    report = check(fault(built))

    assert [f for f in report.findings if f.rule == rule and f.urn == urn and problem in f.problem]


def test_every_rule_has_a_planted_fault() -> None:
    assert {rule for rule, *_ in FAULTS} == set(RULES)


@pytest.mark.parametrize("value", [7, ["urn:li:"], {"urn": []}])
def test_nothing_that_a_file_holds_stops_the_linter(built: Built, value: Any) -> None:
    """Each aspect of a product, its table and a column, one after the other, with something else in every field."""
    concerned = {PRODUCT, DATASET, EMAIL, "urn:li:dataContract:sales.orders.v1"}
    for broken in [p for p in built if p.urn in concerned]:
        report = check([replace(p, aspect=dict.fromkeys(p.aspect, value)) if p is broken else p for p in built])

        assert report.findings


def test_measurements_of_two_moments_are_no_duplicate(built: Built) -> None:
    [profile] = [p for p in built if (p.urn, p.name) == (DATASET, "datasetProfile")]
    later = replace(profile, aspect={**profile.aspect, "timestampMillis": profile.aspect["timestampMillis"] + 1})

    assert check([*built, later]).findings == ()


def test_counts_are_told_by_rule_and_entity(built: Built) -> None:
    counts = {(c.rule, c.entity_type): c for c in check(without(PRODUCT, "ownership")(built)).checked}

    assert counts["complete product", "dataProduct"].examined == 4
    assert counts["complete product", "dataProduct"].findings == 1
    assert counts["legal aspect", "dataset"].findings == 0


def test_the_command_fails_where_something_is_wrong_and_says_what(built: Built, tmp_path: Path) -> None:
    runner, file = CliRunner(), tmp_path / "metadata.json"
    write(built, file)
    good = runner.invoke(app, ["catalog", "check", str(file)])
    write(without(PRODUCT, "ownership")(built), file)
    bad = runner.invoke(app, ["catalog", "check", str(file)])
    told = runner.invoke(app, ["catalog", "check", str(file), "--json"])

    assert good.exit_code == 0
    assert "0 findings" in good.output
    assert bad.exit_code == 1
    assert f"complete product: {PRODUCT} lacks owner" in bad.output
    assert told.exit_code == 1
    assert '"problem": "lacks owner"' in told.output
