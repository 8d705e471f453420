"""Write the published documents and tell where they differ from the code.

The documents hold nothing that changes by itself: no time, no path, no order of a set. So exporting twice changes no
byte, and a changed interface is a visible diff.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import unified_diff
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.names import contract_file, product_file
from mesh_platform.contract.export.odcs import contract_document
from mesh_platform.contract.export.odps import product_document
from mesh_platform.errors import BadContract
from mesh_platform.product import DataProduct, Domain

_CONTRACT = re.compile(r"v(\d+)\.odcs\.yaml")
_DIFF_LINES = 20
"""How much of a difference is shown: enough to recognise the change."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A published document that the code does not stand behind.

    Args:
        path: The document.
        what: "missing", "differs" or "orphaned", with the remedy, and for a difference its first lines.
    """

    path: Path
    what: str


def export(domains: Iterable[Domain], root: Path) -> list[Path]:
    """Write the documents of every product.

    Orphans stay: taking a published interface away is a decision, not a side effect. `drift` names them.

    Args:
        domains: The domains to publish; other domains' folders are left alone.
        root: The folder of published documents, usually `contracts/`.

    Returns:
        The documents that changed.
    """
    changed = []
    for relative, text in _documents(domains, root).items():
        path = root / relative
        if not path.exists() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            changed.append(path)
    return changed


def drift(domains: Iterable[Domain], root: Path) -> list[Drift]:
    """List the documents that are missing, differ from the code, or belong to no product.

    Args:
        domains: The domains to compare; other domains' folders are left alone.
        root: The folder of published documents.
    """
    known = list(domains)
    expected = _documents(known, root)
    found = [
        Drift(root / relative, what)
        for relative, text in expected.items()
        if (what := _difference(root / relative, text)) is not None
    ]
    return sorted(found + _orphans(known, root, set(expected)), key=lambda d: d.path)


def _documents(domains: Iterable[Domain], root: Path) -> dict[str, str]:
    documents: dict[str, str] = {}
    for domain in domains:
        for product in domain.products:
            older = _older(domain, product, root)
            documents[product_file(domain.name, product.name)] = _yaml(product_document(domain, product, older))
            if product.status != "retired":
                place = contract_file(domain.name, product.name, product.major)
                documents[place] = _yaml(contract_document(domain, product))
    return documents


def _older(domain: Domain, product: DataProduct, root: Path) -> dict[int, str]:
    """Find the older major versions whose documents are still published, and their full versions."""
    found: dict[int, str] = {}
    for path in sorted((root / domain.name / product.name).glob("v*.odcs.yaml")):
        name = _CONTRACT.fullmatch(path.name)
        if name and int(name[1]) < product.major and product.status != "retired":
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if not isinstance(content, dict) or "version" not in content:
                raise BadContract(f"{path}: no version (rule: an ODCS document); restore it from version control")
            found[int(name[1])] = str(content["version"])
    return found


def _difference(path: Path, text: str) -> str | None:
    if not path.exists():
        return "missing: export the contracts and commit it"
    published = path.read_text(encoding="utf-8")
    if published == text:
        return None
    lines = list(unified_diff(published.splitlines(), text.splitlines(), "published", "code", lineterm="", n=1))
    shown = lines[:_DIFF_LINES]
    if len(lines) > len(shown):
        shown.append(f"… and {len(lines) - len(shown)} more lines")
    return "\n".join(["differs: export the contracts and review the change", *shown])


def _orphans(domains: Iterable[Domain], root: Path, expected: set[str]) -> list[Drift]:
    orphans = []
    for domain in domains:
        alive = {
            contract_file(domain.name, product.name, major)
            for product in domain.products
            for major in _older(domain, product, root)
        }
        orphans += [
            Drift(path, f"orphaned: no product of {domain.name} publishes it; delete it")
            for path in (root / domain.name).glob("**/*.od[cp]s.yaml")
            if path.relative_to(root).as_posix() not in expected | alive
        ]
    return orphans


class _Dumper(yaml.SafeDumper):
    """Block style, lists indented below their key, no anchors: what people read and version control compares."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    """Fold a text of several paragraphs instead of quoting it."""
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=">" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _yaml(document: dict[str, Any]) -> str:
    # The Python emitter, never libyaml's: the bytes must not depend on how PyYAML was built.
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, default_flow_style=False, width=120)
