import pytest

from mesh_platform.settings import Settings
from mesh_platform.transform import Model, check, models, origins
from mesh_sales.domain import DOMAIN


def test_the_dbt_project_passes_its_data_tests_and_unit_tests(settings: Settings) -> None:
    assert check(DOMAIN, settings).tests >= 40


@pytest.fixture(scope="module")
def described(settings: Settings) -> tuple[Model, ...]:
    return models(DOMAIN, settings)


def test_every_model_is_described_with_its_grain(described: tuple[Model, ...]) -> None:
    for model in described:
        assert "One row per" in model.description, model.name


def test_a_product_has_the_columns_of_its_contract_and_knows_where_they_come_from(described: tuple[Model, ...]) -> None:
    for product in (product for product in DOMAIN.products if product.mart):
        found = origins(described, product.mart)
        assert list(found) == list(product.contract.to_schema().columns)
        assert {source for near in found.values() for source in (n.rpartition(".")[0] for n in near)} == {
            f"raw.{source}" for source in product.sources
        }
