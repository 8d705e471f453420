"""The model card: what a version is for, what it learnt from, how good it is, what it must not be used for.

The sections follow Mitchell et al., "Model Cards for Model Reporting" (2019).
"""

from __future__ import annotations

from collections.abc import Sequence
from inspect import cleandoc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mesh_platform.ml.gate import Verdict
    from mesh_platform.ml.recipe import Check, Recipe
    from mesh_platform.ml.versions import Training


def model_card(
    recipe: Recipe,
    training: Training,
    verdict: Verdict,
    checks: Sequence[Check],
    features: Sequence[str],
    plots: Sequence[str],
) -> str:
    """Write a version's card in Markdown.

    Args:
        recipe: How the model is made.
        training: What was done.
        verdict: What the gate said.
        checks: Promises of behaviour and fairness.
        features: What the model sees.
        plots: Paths of pictures beside the card.
    """
    sections = {
        "Purpose": recipe.purpose,
        "How it works": cleandoc(type(recipe).__doc__ or ""),
        "Verdict": ("May predict. " if verdict.passed else "May not predict. ") + verdict.summary + ".",
        "Figures on the hold-out": _table(("metric", "value"), [(m, f"{v:.4g}") for m, v in training.metrics.items()]),
        "Beside others": _table(
            ("against", "ours", "theirs", "better by (95%)"),
            [
                (c.against, f"{c.ours:.4g}", f"{c.theirs:.4g}", f"{c.low:+.3g} to {c.high:+.3g}")
                for c in verdict.comparisons
            ],
        ),
        "Behaviour and fairness": _table(
            ("promise", "kept", "figures"), [(c.name, "yes" if c.passed else "no", c.detail) for c in checks]
        ),
        "Learnt from": _table(
            ("what", "value"),
            [("as of", training.as_of.isoformat()), *((k, str(v)) for k, v in training.params.items())]
            + [(f"snapshot of {table}", str(number)) for table, number in training.snapshots.items()]
            + [("code version", training.code_version), *training.environment.items()],
        ),
        "Features": ", ".join(f"`{name}`" for name in features),
        "Pictures": "\n".join(f"![{plot}]({plot})" for plot in plots),
    }
    body = "\n\n".join(f"## {title}\n\n{text}" for title, text in sections.items() if text)
    return f"# Model card: {recipe.name}\n\n{body}\n"


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
