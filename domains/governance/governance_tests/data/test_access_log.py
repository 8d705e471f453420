from governance_tests.conftest import Build
from governance_tests.samples import MONDAY, access
from mesh_governance.domain import DOMAIN
from mesh_platform.contract import shape_of
from mesh_platform.contract.screen import screen
from mesh_platform.settings import Settings
from mesh_platform.transform import check, models, origins


def test_the_dbt_project_passes_its_data_tests_and_unit_tests(settings: Settings) -> None:
    assert check(DOMAIN, settings, {}).tests >= 6


def test_the_product_has_the_columns_of_its_contract(settings: Settings) -> None:
    product = DOMAIN.product("access_log")
    assert list(origins(models(DOMAIN, settings), product.mart)) == list(product.contract.to_schema().columns)


def test_an_access_and_a_refusal_are_told_and_keep_the_contract(build: Build) -> None:
    nobody = dict.fromkeys(("consumer", "proof", "major_version", "purpose", "columns_read", "snapshot_id"))
    rows = build(
        "access_log", accesses=[access("a"), access("b", **nobody, status=401, row_count=0, reason="wrong-proof")]
    )
    contract = DOMAIN.product("access_log").contract
    assert rows["refused"].to_list() == [False, True]
    assert rows["accessed_on"].to_list() == [MONDAY, MONDAY]
    assert rows.schema == shape_of(contract).schema
    assert screen(contract, rows).is_empty()


def test_nothing_is_published_in_clear_of_somebody_who_was_not_proven(build: Build) -> None:
    rows = build("access_log", accesses=[access("a", consumer=None, columns_in_clear="customer_id")])
    assert not screen(DOMAIN.product("access_log").contract, rows).is_empty()
