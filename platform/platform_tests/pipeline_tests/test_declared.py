"""How columns come about that Python or a model makes: declared, handed on, or from anything at hand."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import pytest

from mesh_platform.contract import Contract, column
from mesh_platform.contract.export.derivation import Derivation
from mesh_platform.errors import BadContract
from mesh_platform.pipeline.declared import in_python
from mesh_platform.pipeline.lineage import column_origins, derivations
from mesh_platform.product import DataProduct, Domain, InputPort
from mesh_platform.settings import Settings
from platform_tests.ml_tests import shop

from .kiosk import DAILY, KIOSK, SUMMED
from .test_model_products import PURCHASES


class Trend(Contract):
    """Where sales go. Grain: one row per item."""

    item: str = column("What.", key=True)
    pieces: int = column("How many.")
    slope: float = column("How they change.")
    seen_on: date = column("When it was looked.")


LOGIC = "mesh_kiosk.trend:trend"
PORT = InputPort("cafe.menu", ("item", "price"), "Prices.")
TREND = DataProduct("trend", Trend, "1.0.0", program=LOGIC, sources=("sold",), inputs=(PORT,))
RAW = ("_day", "_file", "_line", "ingested_at", "item", "pieces", "sale_id", "sold_at")
EVERYTHING = ("cafe.menu.item", "cafe.menu.price", *(f"kiosk_raw.sold.{c}" for c in RAW))


def told(**origins: tuple[str, ...]) -> Mapping[str, Derivation]:
    return in_python(KIOSK, replace(TREND, origins=origins), {}).columns


def test_what_nobody_declares_is_handed_on_by_name_or_computed_from_anything() -> None:
    columns = told()
    assert columns["item"] == Derivation(("cafe.menu.item", "kiosk_raw.sold.item"), "carried")
    assert columns["pieces"] == Derivation(("kiosk_raw.sold.pieces",), "carried")
    assert columns["slope"] == columns["seen_on"] == Derivation(EVERYTHING, "program", LOGIC)


def test_a_declaration_goes_before_the_name() -> None:
    columns = told(slope=("kiosk_raw.sold.pieces", "kiosk_raw.sold._day"), item=("cafe.menu.item",), seen_on=())
    assert columns["slope"] == Derivation(("kiosk_raw.sold._day", "kiosk_raw.sold.pieces"), "declared", LOGIC)
    assert columns["item"] == Derivation(("cafe.menu.item",), "declared", LOGIC)
    assert columns["seen_on"] == Derivation((), "declared", LOGIC)


def test_a_star_stands_for_a_whole_table_and_for_the_columns_that_are_not_named() -> None:
    columns = told(slope=("cafe.menu.*",), **{"*": ("kiosk_raw.sold.pieces",)})
    assert columns["slope"].origins == ("cafe.menu.item", "cafe.menu.price")
    assert columns["seen_on"] == Derivation(("kiosk_raw.sold.pieces",), "program", LOGIC)
    assert columns["pieces"].basis == "carried", "the rest is what has no origin of its own"


def test_a_marts_columns_stand_for_those_that_sql_made_them_of() -> None:
    mart = {"item": ["kiosk_raw.sold.item"], "n": ["kiosk_raw.sold.pieces", "kiosk_raw.sold.sale_id"]}
    product = replace(TREND, mart="fct_trend", origins={"slope": ("marts.fct_trend.n",)})
    columns = in_python(KIOSK, product, mart).columns
    assert columns["slope"].origins == ("kiosk_raw.sold.pieces", "kiosk_raw.sold.sale_id")
    assert columns["item"].origins == ("kiosk_raw.sold.item",), "the mart's, not the port's of the same name"


@pytest.mark.parametrize(
    ("origins", "said"),
    [
        ({"slop": ()}, r"kiosk\.trend: origins are declared of 'slop', which it does not have .* seen_on"),
        ({"slope": ("cafe.menu.cost",)}, r"kiosk\.trend\.slope: .* 'cafe\.menu\.cost' .*cafe\.menu has item, price"),
        (
            {"slope": ("cafe.menus.item",)},
            r"kiosk\.trend\.slope: .* 'cafe\.menus\.item' .*it reads cafe\.menu, kiosk_raw",
        ),
        ({"slope": ("kiosk_raw.goods.price",)}, "'kiosk_raw.goods.price'"),
        ({"slope": ("marts.fct_trend.n",)}, "'marts.fct_trend.n'"),
        ({"slope": ("model",)}, "declared to come from 'model'"),
        ({"*": ("cafe.menus.*",)}, r"kiosk\.trend\.\*: declared to come from 'cafe\.menus\.\*'"),
    ],
)
def test_a_declaration_of_what_is_not_there_is_refused(origins: Mapping[str, tuple[str, ...]], said: str) -> None:
    with pytest.raises(BadContract, match=said):
        in_python(KIOSK, replace(TREND, origins=origins), {})


def test_sql_declares_nothing() -> None:
    with pytest.raises(BadContract, match=r"declares origins of pieces .*SQL is read"):
        replace(DAILY, origins={"pieces": ()})


def predicted(**origins: tuple[str, ...]) -> DataProduct:
    return replace(PURCHASES, origins=origins)


def test_between_features_and_predictions_stands_the_model() -> None:
    found = in_python(KIOSK, predicted(), {})
    assert found.models == {"kiosk.models.purchase": tuple(f"{shop.TABLE}.{c}" for c in ("bought", "minutes", "visit"))}
    made = {name: (said.origins, said.basis) for name, said in found.columns.items()}
    assert made["model_version"] == (("kiosk.models.purchase",), "model")
    assert made["feature_snapshot"] == made["predicted_from"] == ((), "declared")
    assert made["visit"] == ((f"{shop.TABLE}.visit",), "carried")


def test_what_spells_out_the_key_comes_from_the_key_too() -> None:
    said = in_python(KIOSK, predicted(), {}).columns["prediction_id"]
    assert said.origins == ("kiosk.models.purchase", f"{shop.TABLE}.visit")


def test_a_domain_can_say_what_its_model_sees() -> None:
    found = in_python(KIOSK, predicted(**{"*": (f"{shop.TABLE}.minutes",)}), {})
    assert found.models == {"kiosk.models.purchase": (f"{shop.TABLE}.minutes",)}


def test_who_draws_lineage_without_models_gets_exact_columns_only(home: Settings) -> None:
    team = Domain("kiosk", KIOSK.owner, "A kiosk.", sources=KIOSK.sources, products=(TREND,))
    declared = replace(TREND, origins={"pieces": ("kiosk_raw.sold.pieces",)})
    assert column_origins(team, declared, home) == {
        "item": ["cafe.menu.item", "raw.sold.item"],
        "pieces": ["raw.sold.pieces"],
    }
    both = predicted(visit=("model", f"{shop.TABLE}.visit"))
    assert column_origins(KIOSK, both, home)["visit"] == [f"{shop.TABLE}.visit"]


def test_without_its_sql_a_product_says_nothing(home: Settings) -> None:
    assert derivations(KIOSK, SUMMED, home, compile_now=False).columns == {}


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, checkout: object) -> Settings:
    return Settings.load(tmp_path_factory.mktemp("home"))
