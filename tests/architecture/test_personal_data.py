"""Personal data is known as such wherever it is published."""

from mesh_platform.contract import shape_of
from mesh_platform.discover import installed_domains
from mesh_platform.ml.prediction import Prediction


def test_no_id_of_a_prediction_gives_a_person_away() -> None:
    products = [product for domain in installed_domains().values() for product in domain.products]
    predicted = [shape_of(p.contract) for p in products if issubclass(p.contract, Prediction)]
    kinds = [
        {c.name: c.meaning.personal for c in s.columns if c.meaning.key or c.name == "prediction_id"} for s in predicted
    ]
    assert predicted
    assert all(of["prediction_id"] or not any(of.values()) for of in kinds), kinds


def test_no_personal_column_is_open_to_everybody() -> None:
    shapes = {d.full_name(p): shape_of(p.contract) for d in installed_domains().values() for p in d.products}
    open_ones = [
        f"{product}.{c.name}"
        for product, shape in shapes.items()
        for c in shape.columns
        if c.meaning.personal and c.meaning.classification == "public"
    ]
    assert open_ones == []
