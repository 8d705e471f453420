"""Whether the arms are as large as they were planned; where they aren't, units were lost and no comparison is fair."""

from __future__ import annotations

from collections.abc import Mapping

from mesh_platform.errors import TooFewExamples, UnknownName, UserError

BROKEN_BELOW = 0.001
"""A split is held for broken below this p-value: it is asked of every experiment every day, so 0.05 would cry wolf."""


def sample_ratio_p_value(units: Mapping[str, int], planned: Mapping[str, float]) -> float:
    """Pearson's chi-square test of the arms' sizes against the planned shares.

    Fabijan et al.: Diagnosing sample ratio mismatch in online controlled experiments (2019). tea-tasting's check is of
    two arms; this one is of any number.

    Args:
        units: Arm → how many units it has.
        planned: Arm → its planned share, in any unit: {"control": 1, "treated": 9} plans a tenth for the control. An
            arm that has no unit at all is planned all the same.

    Raises:
        UnknownName: Where an arm was not planned.
        UserError: Where a planned share is not positive, or a size negative.
        TooFewExamples: Where fewer than two arms are planned, or nobody was assigned.
    """
    from scipy.stats import chisquare

    for arm, count in units.items():
        if arm not in planned:
            raise UnknownName.of("planned arm", arm, list(planned))
        if count < 0:
            raise UserError(f"arm '{arm}': {count} units (rule: >= 0); count its units again")
    for arm, share in planned.items():
        if share <= 0:
            raise UserError(f"arm '{arm}': planned share {share} (rule: > 0); leave out arms that get nobody")
    total = sum(units.values())
    if len(planned) < 2 or not total:
        raise TooFewExamples(
            f"sample ratio: {total} units in {len(planned)} planned arms (rule: two arms and a unit, or more); "
            "wait for the first assignments"
        )
    shares = sum(planned.values())
    found = [units.get(arm, 0) for arm in planned]
    return float(chisquare(found, [total * share / shares for share in planned.values()]).pvalue)
