"""How long a version takes, and whether it is asked."""

from mesh_platform.serve.models.loaded import FAILURES_TO_REST, Pace, Rest


def test_a_single_answer_that_was_held_up_moves_nothing_off_the_loop() -> None:
    pace = Pace()
    pace.known(1.0)
    for seconds in [0.001] * 50 + [0.3] + [0.001] * 50:
        pace.seen(1, seconds)
        assert pace.on_the_loop(1)
    assert not pace.on_the_loop(100)


def test_a_version_that_has_become_slow_leaves_the_loop() -> None:
    pace = Pace()
    pace.known(0.1)
    for _ in range(100):
        pace.seen(1, 0.02)
    assert not pace.on_the_loop(1)


def test_a_version_rests_after_failures_in_a_row_only() -> None:
    rest = Rest()
    for _ in range(FAILURES_TO_REST - 1):
        rest.failed()
    rest.answered()
    rest.failed()
    assert not rest.resting
    for _ in range(FAILURES_TO_REST - 1):
        rest.failed()
    assert rest.resting
