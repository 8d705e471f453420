"""Who is drawn for a canary."""

import pytest

from mesh_platform.ml.deploy.share import drawn

ENTITIES = [f"ORD-{n}" for n in range(20_000)]


@pytest.mark.parametrize("share", [0.01, 0.05, 0.5])
def test_about_the_asked_share_is_drawn(share: float) -> None:
    found = sum(drawn("fraud", 3, entity, share) for entity in ENTITIES) / len(ENTITIES)
    deviation = (share * (1 - share) / len(ENTITIES)) ** 0.5
    assert abs(found - share) < 4 * deviation


def test_who_is_drawn_at_a_small_share_stays_drawn_at_a_larger_one() -> None:
    small, large = ({e for e in ENTITIES if drawn("fraud", 3, e, share)} for share in (0.05, 0.2))
    assert small < large


def test_another_version_draws_others() -> None:
    one, other = ({e for e in ENTITIES if drawn("fraud", version, e, 0.1)} for version in (3, 4))
    assert len(one & other) < 0.02 * len(ENTITIES)
