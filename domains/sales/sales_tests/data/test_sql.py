from mesh_platform.settings import Settings
from mesh_platform.transform import check, models, origins
from mesh_sales.domain import DOMAIN


def test_the_dbt_project_passes_its_data_tests_and_unit_tests(settings: Settings) -> None:
    assert check(DOMAIN, settings).tests >= 20


def test_every_model_is_described_with_its_grain(settings: Settings) -> None:
    for model in models(DOMAIN, settings):
        assert "One row per" in model.description, model.name


def test_a_product_has_the_columns_of_its_contract_and_knows_where_they_come_from(settings: Settings) -> None:
    described = models(DOMAIN, settings)
    for product in DOMAIN.products:
        found = origins(described, product.mart)
        assert list(found) == list(product.contract.to_schema().columns)
        assert {source for near in found.values() for source in (n.rpartition(".")[0] for n in near)} == {
            f"raw.{source}" for source in product.sources
        }
