"""When a worker counts as silent: by what it was heard to do, whatever the clocks did meanwhile."""

import asyncio
from dataclasses import dataclass, field

import pytest

from mesh_platform.serve import pulse
from mesh_platform.serve.pulse import LOOKED_EVERY_S, Silence, beat


@dataclass
class Told:
    """A count and a clock that a test sets."""

    value: int = 0
    now: float = field(default=100.0)

    def clock(self) -> float:
        return self.now


def _looked(silence: Silence, told: Told, passed: float) -> float:
    told.now += passed
    return silence.look()


def test_silence_grows_with_the_looks_and_ends_with_a_beat() -> None:
    told = Told()
    silence = Silence(told, told.clock)
    assert [_looked(silence, told, LOOKED_EVERY_S) for _ in range(4)] == [0, 1, 2, 3]
    told.value += 1
    assert _looked(silence, told, LOOKED_EVERY_S) == 0


def test_a_machine_that_slept_makes_no_worker_stuck() -> None:
    told = Told()
    silence = Silence(told, told.clock)
    silence.look()
    assert _looked(silence, told, 3600) == 2 * LOOKED_EVERY_S


def test_a_loop_beats_while_it_turns_and_not_while_it_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "BEATS_EVERY_S", 0)
    told = Told()

    async def turning() -> tuple[int, int]:
        beat(told)
        for _ in range(3):
            await asyncio.sleep(0)
        before = told.value
        sum(range(100_000))  # the loop does not turn
        return before, told.value

    before, after = asyncio.run(turning())
    assert before == after
    assert before > 1
