"""When a canary is taken back, and when it is not."""

from __future__ import annotations

import random

from mesh_platform.ml.deploy.guardrails import BusinessMetric, Guardrails, Seen, breach, psi

RAILS = Guardrails()


def seen(count: int, *, failed: int = 0, ms: float = 1.0, shift: float = 0.0, seed: int = 1) -> list[Seen]:
    chance = random.Random(seed)  # noqa: S311 - no secret
    return [
        Seen(100.0, ms / 1000 * chance.uniform(0.9, 1.1), n < failed, chance.betavariate(1, 9) + shift, float(n % 2))
        for n in range(count)
    ]


def test_a_canary_like_the_champion_stays() -> None:
    assert [breach(RAILS, seen(400, seed=n), seen(400, seed=n + 1000), 101.0) for n in range(100)] == [None] * 100


def test_too_few_answers_say_nothing() -> None:
    assert breach(RAILS, seen(199, failed=199), seen(400), 101.0) is None


def test_one_that_fails_is_taken_back_even_without_a_champion_beside_it() -> None:
    assert breach(RAILS, seen(200, failed=10), [], 101.0) == "error rate 5.0% of 200 answers (rule: at most 2.0%)"


def test_one_that_fails_no_more_than_the_champion_stays() -> None:
    assert breach(RAILS, seen(200, failed=10), seen(400, failed=20), 101.0) is None


def test_a_slow_one_is_taken_back_and_a_tripled_microsecond_is_not() -> None:
    assert (breach(RAILS, seen(200, ms=20), seen(200, ms=4), 101.0) or "").startswith("p99 2")
    assert breach(RAILS, seen(200, ms=0.3), seen(200, ms=0.1), 101.0) is None


def test_one_that_answers_otherwise_is_taken_back() -> None:
    assert "PSI" in (breach(RAILS, seen(300, shift=0.1), seen(300, seed=2), 101.0) or "")


def test_the_business_metric_counts_where_there_is_one() -> None:
    rails = Guardrails(business=BusinessMetric("share declined", lambda _, answer: answer["x"], 0.1))
    worse = [Seen(s.at, s.seconds, s.failed, s.number, 1.0) for s in seen(200)]
    assert breach(rails, worse, seen(200), 101.0) == "share declined differs by 0.5 (rule: at most 0.1)"


def test_what_was_before_the_window_is_forgotten() -> None:
    assert breach(RAILS, seen(400, failed=400), seen(400), 100.0 + RAILS.window_seconds + 1) is None


def test_equal_numbers_have_no_psi() -> None:
    assert psi([0.0] * 300, [0.0] * 300) == 0
