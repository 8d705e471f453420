import pytest

from marketing_tests.model.live_shop import live_shop, told
from marketing_tests.model.planted_taste import AS_OF, Frames, pinned
from mesh_marketing.ml.recommend.live import LIVE, Recommending
from mesh_marketing.ml.recommendations import RECIPE
from mesh_platform.ml.recipe import Fitted


@pytest.fixture(scope="session")
def live_frames() -> Frames:
    return live_shop()


@pytest.fixture(scope="session")
def live_fitted(live_frames: Frames) -> Fitted:
    return RECIPE.fit(RECIPE.examples(pinned(live_frames), AS_OF), seed=3)


@pytest.fixture(scope="session")
def ready(live_frames: Frames, live_fitted: Fitted) -> Recommending:
    return LIVE.ready(live_fitted, told(live_frames))
