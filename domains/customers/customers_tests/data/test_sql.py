from customers_tests.samples import NEIGHBOURS
from mesh_customers.domain import DOMAIN
from mesh_platform.settings import Settings
from mesh_platform.transform import Input, check, models, origins


def test_the_dbt_project_passes_its_data_tests_and_unit_tests(settings: Settings) -> None:
    inputs = {name: Input(schema=schema) for name, schema in NEIGHBOURS.items()}
    assert check(DOMAIN, settings, inputs).tests >= 50


def test_every_model_is_described_with_its_grain(settings: Settings) -> None:
    for model in models(DOMAIN, settings):
        assert "One row" in model.description, model.name


def test_a_product_has_the_columns_of_its_contract_and_reads_only_what_it_declares(settings: Settings) -> None:
    described = models(DOMAIN, settings)
    for product in (p for p in DOMAIN.products if not (p.recipe or p.program)):
        found = origins(described, product.mart)
        assert list(found) == list(product.contract.to_schema().columns)
        read = {origin.rpartition(".")[0] for near in found.values() for origin in near}
        assert read == {f"raw.{s}" for s in product.sources} | {port.product for port in product.inputs}
