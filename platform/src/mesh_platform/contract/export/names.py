"""The stable names of what is published: the same for as long as a consumer may be bound to it."""

TENANT = "omnishop"
"""The organisation whose mesh this is, as the standards' `tenant`."""
SOURCES = "sources"
"""The folder of a domain's sources, beside its products' folders: no product may have this name."""
CONSUMERS = "consumers"
"""The folder of the registered consumers, beside the domains' folders: no domain may have this name."""


def contract_id(product: str, major: int) -> str:
    """Name a major version of a product's contract, such as "urn:omnishop:contract:sales.orders:v1"."""
    return f"urn:{TENANT}:contract:{product}:v{major}"


def source_id(domain: str, source: str) -> str:
    """Name a source's contract; it has no major versions, since nobody outside the domain is bound to it."""
    return f"urn:{TENANT}:source:{domain}.{source}"


def product_id(product: str) -> str:
    """Name a product across all its versions."""
    return f"urn:{TENANT}:product:{product}"


def contract_file(domain: str, product: str, major: int) -> str:
    """Place a contract below the folder of published documents."""
    return f"{domain}/{product}/v{major}.odcs.yaml"


def source_file(domain: str, source: str) -> str:
    """Place a source's contract below the folder of published documents."""
    return f"{domain}/{SOURCES}/{source}.odcs.yaml"


def product_file(domain: str, product: str) -> str:
    """Place a product's descriptor below the folder of published documents."""
    return f"{domain}/{product}/product.odps.yaml"
