"""Domains and data products with their output ports."""

from collections.abc import Iterator, Sequence

from mesh_platform.catalog import properties, urns
from mesh_platform.catalog.documents import Document, ProductDocuments
from mesh_platform.catalog.lineage import models_of
from mesh_platform.catalog.proposals import Proposal, about
from mesh_platform.catalog.tables import contract_place, deprecated
from mesh_platform.catalog.teams import owned_by
from mesh_platform.contract.consumers import Consumer


def domain(document: Document) -> Iterator[Proposal]:
    """Describe a domain by any of its contracts; governance's own words take precedence."""
    yield from about(
        urns.domain(document.domain),
        domainProperties={
            "customProperties": {},
            "description": document.owner.get("description", ""),
            "name": document.domain.replace("_", " ").capitalize(),
        },
        ownership=owned_by(document.email),
    )


def data_product(product: ProductDocuments, consumers: Sequence[Consumer] = ()) -> Iterator[Proposal]:
    """Describe a product: its tables, one a major version, are its output ports, its models are its assets.

    Args:
        product: The product.
        consumers: Who registered; those that use it are named. DataHub has no consumers, so they are properties.
    """
    document = product.newest
    yield from about(
        urns.product(document.full_name),
        dataProductProperties={
            "assets": [
                *(
                    {"destinationUrn": urns.dataset(port.full_name), "outputPort": True}
                    for port in product.contracts[::-1]
                ),
                *({"destinationUrn": urn, "outputPort": False} for urn in _models(document)),
            ],
            "customProperties": {**_facts(product), **_consumers(document.full_name, consumers)},
            "description": document.description,
            "name": document.full_name,
        },
        domains={"domains": [urns.domain(document.domain)]},
        ownership=owned_by(document.email),
        structuredProperties=properties.of_table(document),
        deprecation=deprecated(document) if document.status == "deprecated" else None,
        status={"removed": document.status == "retired"},
    )


def _models(document: Document) -> list[str]:
    names = [name.split(".") for name in models_of(document)]
    return [urns.model_group(parts[0], parts[-1]) for parts in sorted(names)]


def _consumers(product: str, consumers: Sequence[Consumer]) -> dict[str, str]:
    return {
        f"consumer {consumer.name} of v{use.major}": f"{consumer.owner}: {consumer.purpose}; until {use.expires}"
        for consumer in consumers
        for use in consumer.uses
        if use.product == product
    }


def _facts(product: ProductDocuments) -> dict[str, str]:
    document = product.newest
    facts = {
        "version": document.version,
        "status": document.status,
        "contract": contract_place(document),
        "input ports": ", ".join(product.inputs),
        "sources": ", ".join(product.sources),
    }
    older = {
        f"version {c.version}": f"{c.status}, last day {c.sunset}: {contract_place(c)}" for c in product.contracts[:-1]
    }
    return {name: value for name, value in {**facts, **older}.items() if value}
