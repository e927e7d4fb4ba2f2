"""Learning curves of the four estimators."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from computational_limits.figures.style import COLOURS, INK, house_style, new_figure
from computational_limits.theory.design import Design
from computational_limits.theory.risk import expert_risk, flexible_risk, oracle_risk
from computational_limits.theory.state_evolution import best_risk, risk_at_penalty, textbook_penalty

LOOK = {
    "oracle": {"color": COLOURS["green"], "linestyle": "-"},
    "expert": {"color": COLOURS["purple"], "linestyle": "-."},
    "regularised flexible, best penalty": {"color": COLOURS["orange"], "linestyle": "--"},
    "regularised flexible, textbook penalty": {"color": COLOURS["red"], "linestyle": (0, (4, 1, 1, 1, 1, 1))},
    "flexible": {"color": COLOURS["blue"], "linestyle": "-"},
}


def tabulate_curves(sizes: np.ndarray, design: Design) -> pd.DataFrame:
    """Closed-form risk of each estimator at each sample size.

    Parameters
    ----------
    sizes : ndarray of int, shape (m,)
        Sample sizes.
    design : Design
        The problem.

    Returns
    -------
    DataFrame
        ``estimator``, ``observations``, ``risk`` (in units of the noise
        variance) and ``performance``, minus its log10; infinite risks left out.
    """
    risks = {
        "oracle": oracle_risk(sizes, design),
        "expert": expert_risk(sizes, design),
        "regularised flexible, best penalty": [best_risk(int(n), design) for n in sizes],
        "regularised flexible, textbook penalty": [
            risk_at_penalty(int(n), textbook_penalty(int(n), design), design) for n in sizes
        ],
        "flexible": flexible_risk(sizes, design),
    }
    curves = pd.concat(
        pd.DataFrame({"estimator": name, "observations": sizes, "risk": np.asarray(risk) / design.noise_variance})
        for name, risk in risks.items()
    )
    curves = curves[np.isfinite(curves["risk"])]
    return curves.assign(performance=-np.log10(curves["risk"])).reset_index(drop=True)


def draw_learning_curves(curves: pd.DataFrame, design: Design) -> Figure:
    """Draw performance against sample size; axes of Figure 1 of the paper."""
    with house_style():
        figure, axes = new_figure(4.6)
        for name, curve in curves.groupby("estimator", sort=False):
            axes.plot(curve["observations"], curve["performance"], linewidth=1.8, label=name, **LOOK[str(name)])
        axes.axvline(design.covariates, color=INK, linewidth=0.8, linestyle=":")
        axes.annotate(
            "observations = covariates",
            (design.covariates, axes.get_ylim()[0]),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize="small",
            color=INK,
        )
        axes.set_xscale("log")
        axes.set_ylim(bottom=max(-2.5, float(curves["performance"].min()) - 0.2))
        axes.set_xlabel("Observations")
        axes.set_ylabel(r"Performance, $-\log_{10}$ of risk over noise variance")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=2)
    return figure


def describe_learning_curves(curves: pd.DataFrame, design: Design) -> str:
    """Alternative text of `draw_learning_curves`."""
    last = curves[curves["observations"] == curves["observations"].max()].set_index("estimator")["performance"]
    ends = ", ".join(f"{name} {value:.1f}" for name, value in last.items())
    return (
        "Line chart of performance against observations on a logarithmic axis for five curves. The flexible curve"
        f" dips where observations equal the {design.covariates} covariates and rises again; the expert curve levels"
        f" off. Performance at the largest size: {ends}."
    )
