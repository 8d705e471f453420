"""Write the published documents and tell where they differ from the code.

The documents hold nothing that changes by itself: no time, no path, no order of a set. So exporting twice changes no
byte, and a changed interface is a visible diff.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import unified_diff
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from mesh_platform.contract.export.derivation import Derivations, Derive, bound, unknown
from mesh_platform.contract.export.names import contract_file, product_file, source_file
from mesh_platform.contract.export.odcs import contract_document, older_contract_document
from mesh_platform.contract.export.odps import product_document
from mesh_platform.contract.export.sources import source_document
from mesh_platform.contract.export.sunset import older_majors
from mesh_platform.contract.older import older_products
from mesh_platform.product import DataProduct, Domain

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


def export(domains: Iterable[Domain], root: Path, *, origins: Derive = unknown) -> list[Path]:
    """Write the documents of every product and source.

    Orphans stay: taking a published interface away is a decision, not a side effect. `drift` names them.

    Args:
        domains: The domains to publish; other domains' folders are left alone.
        root: The folder of published documents, usually `contracts/`.
        origins: Tells how a product's columns come about; the documents say nothing of it without.

    Returns:
        The documents that changed.
    """
    changed = []
    for relative, text in documents(domains, root, origins=origins).items():
        path = root / relative
        if not path.exists() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode())
            changed.append(path)
    return changed


def drift(
    domains: Iterable[Domain], root: Path, *, origins: Derive = unknown, today: date | None = None
) -> list[Drift]:
    """List the documents that are missing, differ from the code, belong to nothing, or are past their sunset.

    Args:
        domains: The domains to compare; other domains' folders are left alone.
        root: The folder of published documents.
        origins: Tells how a product's columns come about, as for `export`.
        today: The day on which sunsets are judged; None for today in UTC.
    """
    known = list(domains)
    expected = documents(known, root, origins=origins)
    found = [
        Drift(root / relative, what)
        for relative, text in expected.items()
        if (what := _difference(root / relative, text)) is not None
    ]
    past = [d for d in _past(known, root, today or datetime.now(UTC).date()) if d.path not in {f.path for f in found}]
    return sorted([*found, *past, *_orphans(known, root, set(expected))], key=lambda d: d.path)


def documents(domains: Iterable[Domain], root: Path, *, origins: Derive = unknown) -> dict[str, str]:
    """Say what the folder of published documents should hold: relative path → text.

    Args:
        domains: The domains to publish.
        root: The folder, for the older major versions that are still there and in no code.
        origins: Tells how a product's columns come about.

    Raises:
        BadContract: Where a type has no counterpart in the lake, or an older major version is still there that the code
            does not declare.
    """
    known = list(domains)
    newest = {domain.full_name(product): product.major for domain in known for product in domain.products}
    documents: dict[str, str] = {}
    for domain in known:
        for product in domain.products:
            told = partial(_origins, domain, origins, newest)
            documents |= {place: _yaml(said) for place, said in _of_product(domain, product, root, told).items()}
        for source in domain.sources:
            documents[source_file(domain.name, source.name)] = _yaml(source_document(domain, source))
    return documents


def _origins(domain: Domain, origins: Derive, newest: Mapping[str, int], product: DataProduct) -> Derivations:
    return bound(origins(domain, product), product, newest)


def _of_product(
    domain: Domain, product: DataProduct, root: Path, origins: Callable[[DataProduct], Derivations]
) -> dict[str, dict[str, Any]]:
    """The descriptor, then the contract of the newest major version, then those of the older ones."""
    older = older_majors(domain, product, root)
    found = {product_file(domain.name, product.name): product_document(domain, product, older)}
    if product.status == "retired":
        return found
    place = contract_file(domain.name, product.name, product.major)
    found[place] = contract_document(domain, product, origins(product))
    for made in older_products(domain, product):
        place = contract_file(domain.name, product.name, made.major)
        found[place] = older_contract_document(domain, product, older[made.major], origins(made))
    return found


def _past(domains: Iterable[Domain], root: Path, today: date) -> list[Drift]:
    past = []
    for domain in domains:
        for product in domain.products:
            for major, kept in older_majors(domain, product, root).items():
                path = root / contract_file(domain.name, product.name, major)
                if kept.sunset < today:
                    past.append(Drift(path, f"past its sunset of {kept.sunset}: take it out of the code and delete it"))
    return past


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
        orphans += [
            Drift(path, f"orphaned: no product or source of {domain.name} publishes it; delete it")
            for path in (root / domain.name).glob("**/*.od[cp]s.yaml")
            if path.relative_to(root).as_posix() not in expected
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
