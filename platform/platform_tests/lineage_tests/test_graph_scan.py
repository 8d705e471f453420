"""The quick way to read documents says what the YAML parser says, or nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mesh_platform
from mesh_platform.contract.export.derivation import SAID
from mesh_platform.lineage.graph_documents import _Loader, _understood
from mesh_platform.lineage.graph_scan import scanned
from platform_tests.lineage_tests.documents import write_mesh

CONTRACTS = Path(mesh_platform.__file__).parents[3] / "contracts"


class Indented(yaml.SafeDumper):
    """Lists indented below their key, as the exporter writes them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


LAYOUTS: tuple[Mapping[str, Any], ...] = (
    {},
    {"width": 20},
    {"indent": 4},
    {"default_flow_style": None},
    {"default_flow_style": True},
    {"default_style": '"'},
    {"default_style": "'", "width": 15},
    {"default_style": "|"},
    {"explicit_start": True},
    {"sort_keys": True},
)


def agrees(path: Path, text: str) -> bool:
    """Whether the document is read the quick way; it must then say what the parser says."""
    found = scanned(text)
    if found is None:
        return False
    assert _understood(path, found) == _understood(path, yaml.load(text, Loader=_Loader)), text  # noqa: S506 - a safe loader
    return True


def test_the_documents_of_this_mesh_are_read_quickly_and_rightly() -> None:
    paths = list(CONTRACTS.glob("*/*/*.od?s.yaml"))
    by_parser = [path for path in paths if not agrees(path, path.read_text())]
    assert len(paths) > 50
    assert all("property: models" in path.read_text() for path in by_parser), by_parser


@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("dumper", [yaml.SafeDumper, Indented])
def test_another_layout_is_never_read_wrongly(
    tmp_path: Path, layout: Mapping[str, Any], dumper: type[yaml.SafeDumper]
) -> None:
    for path in write_mesh(tmp_path).glob("*/*/*.yaml"):
        document = yaml.safe_load(path.read_text())
        agrees(path, yaml.dump(document, Dumper=dumper, **{"sort_keys": False, **layout}))


LINES = st.sampled_from(
    [
        "schema:",
        "domain: other",
        "  - name: evil",
        "    physicalName: evil.evil",
        "    properties:",
        "      - name: evil",
        "        transformSourceObjects:",
        "          - evil.evil.evil",
        "        transformDescription: Read off the SQL.",
        "  - property: eventTime",
        "    value: evil",
        "        customProperties:",
        "          - property: addedBy",
        "            value: ingest",
        "",
        "# no comment",
        "'",
        '"',
        "true",
    ]
)
PLACES = st.sampled_from(["description", "table", "column", "before", "custom"])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.lists(LINES, max_size=6).map("\n".join), place=PLACES, style=st.sampled_from([None, ">", "|", '"', "'"]))
def test_no_text_of_a_document_is_taken_for_its_structure(text: str, place: str, style: str | None) -> None:
    column: dict[str, Any] = {"name": "a"}
    column |= {"description": text} if place == "column" else {}
    column |= {"customProperties": [{"property": "unit", "value": text}]} if place == "custom" else {}
    column |= {"transformSourceObjects": ["x.y.z"], "transformDescription": SAID["sql"]}
    table = {"name": "t", "physicalName": "d.t", **({"description": text} if place == "table" else {})}
    document = {
        **({"purpose": text} if place == "before" else {}),
        "domain": "d",
        **({"description": {"purpose": text}} if place == "description" else {}),
        "schema": [{**table, "properties": [column, {"name": "b"}]}],
    }
    written = yaml.dump(document, Dumper=_styled(text, style), sort_keys=False, width=40)
    agrees(Path("d/t/v1.odcs.yaml"), written)
    agrees(Path("d/sources/t.odcs.yaml"), written)


def _styled(text: str, style: str | None) -> type[yaml.SafeDumper]:
    class Styled(Indented):
        """Writes one text in one style."""

    def as_asked(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
        return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style if value == text else None)

    Styled.add_representer(str, as_asked)
    return Styled


@pytest.mark.parametrize(
    "line",
    [
        "name: true",
        "name: 'on'",
        "name: a b",
        "name: &anchor a",
        "name: a # the first",
        "description: first\n        name: a",
        "name: a\n        transformSourceObjects: [x.y.z]",
        "name: a\n        transformDescription: 'Read off the SQL.'",
        "name: a\n        transformDescription: Read off\n          the SQL.",
        "name: a\n        transformSourceObjects:\n        - x.y.z",
    ],
)
def test_what_is_no_plain_word_is_left_to_the_parser(line: str) -> None:
    text = f"domain: d\nschema:\n  - name: t\n    physicalName: d.t\n    properties:\n      - {line}\n"
    assert scanned(text.replace(line, "name: a")) is not None
    assert scanned(text) is None
