"""The stable names of what is published: the same for as long as a consumer may be bound to it."""

TENANT = "omnishop"
"""The organisation whose mesh this is, as the standards' `tenant`."""


def contract_id(product: str, major: int) -> str:
    """Name a major version of a product's contract, such as "urn:omnishop:contract:sales.orders:v1"."""
    return f"urn:{TENANT}:contract:{product}:v{major}"


def product_id(product: str) -> str:
    """Name a product across all its versions."""
    return f"urn:{TENANT}:product:{product}"


def contract_file(domain: str, product: str, major: int) -> str:
    """Place a contract below the folder of published documents."""
    return f"{domain}/{product}/v{major}.odcs.yaml"


def product_file(domain: str, product: str) -> str:
    """Place a product's descriptor below the folder of published documents."""
    return f"{domain}/{product}/product.odps.yaml"
