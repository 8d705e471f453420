"""Column lineage of a product, read off its compiled SQL once a code version."""

import json

from mesh_platform.contract import shape_of
from mesh_platform.discover import code_folders
from mesh_platform.pipeline.fingerprint import code_version
from mesh_platform.product import DataProduct, Domain
from mesh_platform.settings import Settings

Origins = dict[str, list[str]]


def column_origins(domain: Domain, product: DataProduct, settings: Settings, *, compile_now: bool = True) -> Origins:
    """Tell from which columns each column of a product comes.

    Compiling a project takes seconds, so the answer is kept under MESH_HOME for as long as the code stays the same.

    Args:
        domain: The product's domain.
        product: The product.
        settings: Where the answer is kept.
        compile_now: Whether to find the answer where none is kept, or to answer with nothing.

    Returns:
        Column → "raw.<source>.<column>" of an own source, or "<domain>.<product>.<column>" of a product.
    """
    if product.program or product.recipe:
        return _carried(product, domain)
    kept = settings.home / "lineage" / f"{domain.name}-{code_version(*code_folders(domain.name))}.json"
    if not kept.exists() and not compile_now:
        return {}
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        draft = kept.with_suffix(".part")
        draft.write_text(json.dumps(_read_off(domain, settings)))
        draft.replace(kept)
    found: dict[str, Origins] = json.loads(kept.read_text())
    return found[product.name]


def _carried(product: DataProduct, domain: Domain) -> Origins:
    """The columns that Python or a model hands on under the same name; what it computes has no origin to read off."""
    names = shape_of(product.contract).names
    ports = {(port.product, column) for port in product.inputs for column in port.columns}
    raw = {(f"raw.{name}", c) for name in product.sources for c in shape_of(domain.source(name).contract).names}
    return {name: sorted(f"{table}.{column}" for table, column in ports | raw if column == name) for name in names}


def _read_off(domain: Domain, settings: Settings) -> dict[str, dict[str, tuple[str, ...]]]:
    from mesh_platform.transform import models, origins

    described = models(domain, settings)
    sql_made = [product for product in domain.products if product.mart and not product.program]
    return {product.name: origins(described, product.mart) for product in sql_made}
