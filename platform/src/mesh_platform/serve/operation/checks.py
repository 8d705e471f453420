"""What `/readyz` looks at: the parts without which some requests can't be answered."""

from __future__ import annotations

from mesh_platform.serve.operation.documents import Documents
from mesh_platform.serve.operation.health import Check
from mesh_platform.serve.service import Service


def checks(service: Service, documents: Documents) -> dict[str, Check]:
    """The checks of a service, by the name of the part.

    Args:
        service: The service.
        documents: The published documents.
    """

    def lake() -> str:
        for product in documents.products():
            if service.lake.current(product.full_name) is not None:
                return ""
        return "nothing was published yet; run the mesh"

    def contracts() -> str:
        return "" if documents.products() else "no contract was published; export the contracts"

    return {"lake": lake, "contracts": contracts}
