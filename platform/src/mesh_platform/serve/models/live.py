"""The models that answer single requests, as the installed domains declare them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mesh_platform.errors import BadContract
from mesh_platform.ml.deploy.guardrails import Guardrails
from mesh_platform.ml.live import LiveModel

INSTALLED = "mesh_platform.serve.models.live:installed"
"""Names `installed`; the process of the shadows is told by name where its models come from."""


@dataclass(frozen=True, slots=True)
class LiveProduct:
    """A model that answers single requests.

    Args:
        name: The model's name, such as "fraud".
        domain: Its domain.
        product: The full name of the product that it makes in batches: who may read that may ask the model.
        major: The product's major version.
        purpose: What the model is for.
        live: How it answers.
        trusted: Types that its recipe trusts in a stored model.
    """

    name: str
    domain: str
    product: str
    major: int
    purpose: str
    live: LiveModel
    trusted: tuple[str, ...] = ()

    @property
    def guardrails(self) -> Guardrails:
        """The limits of its canaries."""
        return self.live.guardrails


def installed() -> Mapping[str, LiveProduct]:
    """Find the live models of the installed domains, by name.

    Raises:
        BadContract: Where a recipe names a live model that is none.
    """
    from mesh_platform.discover import installed_domains
    from mesh_platform.pipeline.models import model_products, named, recipe_of

    found = {}
    for name, (domain, product) in sorted(model_products(installed_domains()).items()):
        recipe = recipe_of(product)
        if not recipe.live:
            continue
        live = named(recipe.live)
        if not isinstance(live, LiveModel):
            raise BadContract(f"model '{name}': '{recipe.live}' is a {type(live).__name__} (rule: a LiveModel)")
        full_name = domain.full_name(product)
        found[name] = LiveProduct(
            name, domain.name, full_name, product.major, recipe.purpose, live, tuple(recipe.trusted)
        )
    return found
