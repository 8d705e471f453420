"""How the columns of a product come about: read off its compiled SQL, declared, or all that Python had at hand.

Compiling a project takes seconds, so what its SQL says is kept under MESH_HOME for as long as the code stays the same.
"""

import hashlib
import json
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from mesh_platform.contract.export.derivation import Derivation, Derivations, Derive
from mesh_platform.discover import code_folders
from mesh_platform.kept import Kept
from mesh_platform.pipeline.fingerprint import code_version
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings

Origins = dict[str, list[str]]
Marts = dict[str, Origins]
EXACT = {"sql", "declared", "carried"}
"""The bases that name what a column is made of, and nothing else."""


def column_origins(domain: Domain, product: DataProduct, settings: Settings, *, compile_now: bool = True) -> Origins:
    """Tell from which columns each column of a product comes, where that is known exactly.

    Args:
        domain: The product's domain.
        product: The product.
        settings: Where the answer is kept.
        compile_now: Whether to find the answer where none is kept, or to answer with nothing.

    Returns:
        Column → "raw.<source>.<column>" of an own source, or "<domain>.<product>.<column>" of a product.
    """
    told = derivations(domain, product, settings, compile_now=compile_now)
    return {
        column: [_within(domain, origin) for origin in found.origins if origin not in told.models]
        for column, found in told.columns.items()
        if found.basis in EXACT
    }


def _within(domain: Domain, origin: str) -> str:
    """Name a column as the domain's own SQL does."""
    raw = f"{domain.name}_raw."
    return "raw." + origin.removeprefix(raw) if origin.startswith(raw) else origin


def derived(settings: Settings) -> Derive:
    """Tell the export of the documents how columns come about."""
    return partial(derivations, settings=settings)


def derivations(domain: Domain, product: DataProduct, settings: Settings, *, compile_now: bool = True) -> Derivations:
    """Tell how each column of a product comes about.

    Args:
        domain: The product's domain.
        product: The product.
        settings: Where the answer is kept.
        compile_now: Whether to compile the SQL where its answer is not kept, or to answer nothing.

    Raises:
        BadContract: Where a product declares origins that it does not have.
    """
    from mesh_platform.pipeline.declared import in_python

    if product.older_sql:
        from mesh_platform.transform import older_origins

        return Derivations({c: Derivation(found, "sql") for c, found in older_origins(domain, product).items()})
    if product.mart and not compile_now and kept_answer(domain, settings).read() is None:
        return Derivations({})
    marts = _marts(domain, settings) if product.mart else {}
    if product.program or product.recipe:
        return in_python(domain, product, marts.get(product.mart, {}))
    logic = f"{domain.name}.{product.mart}"
    found = marts.get(product.mart, {})
    return Derivations({column: Derivation(tuple(origins), "sql", logic) for column, origins in found.items()})


def kept_answer(domain: Domain, settings: Settings) -> Kept:
    """Place the answer about a domain's SQL: another one for other code, and for other ways to read SQL."""
    version = f"{code_version(*code_folders(domain.name))}-{_reading()}"
    return Kept.of(settings, "lineage", domain.name, version, ".json")


@cache
def _reading() -> str:
    """The version of what reads the SQL."""
    read_by = Path(__file__).parent.parent / "transform"
    digest = hashlib.sha256(version("sqlglot").encode())
    for name in ("graph.py", "lineage.py"):
        digest.update((read_by / name).read_bytes())
    return digest.hexdigest()[:6]


def _marts(domain: Domain, settings: Settings) -> Marts:
    kept = kept_answer(domain, settings)
    answer = kept.read()
    if answer is None:
        answer = json.dumps(_read_off(domain, settings)).encode()
        kept.write(answer)
    found: Marts = json.loads(answer)
    return found


def _read_off(domain: Domain, settings: Settings) -> Marts:
    """Follow every mart's columns back to what the domain reads, under the names that the mesh knows it by."""
    from mesh_platform.transform import models, origins

    described = models(domain, settings)
    return {
        mart: {
            column: sorted(f"{domain.name}_{origin}" if origin.startswith("raw.") else origin for origin in found)
            for column, found in origins(described, mart).items()
        }
        for mart in sorted(model.name for model in described if model.kind == "mart")
    }
