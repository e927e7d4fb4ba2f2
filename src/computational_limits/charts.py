"""Charts with choices: a drawing that a reader steers by lists, and what it then says in words.

A chart is a mapping that a page can hold as JSON:

``title``
    What is drawn, for readers who cannot see it.
``controls``
    Name to ``label``, ``options`` (value to words) and ``chosen``, a value.
``spec``
    Vega-Lite with a parameter of the name of each control; texts, as the options are.
``answers``
    What to say for each choice: the values, in the order of the controls and
    joined by `JOINT`, to a sentence.

The program that shows it in a browser is ``book/explorer/charts.js``.
"""

from __future__ import annotations

import html
from collections.abc import Mapping
from itertools import product
from typing import Any

from computational_limits.explorer import PLOT_MARKER, script_json, select_html

JOINT = "|"
"""Between the values of a choice."""


def chart_html(chart: Mapping[str, Any], identity: str) -> str:
    """The part of a page that holds a chart with its lists.

    Parameters
    ----------
    chart : mapping
        As the module describes.
    identity : str
        Id of the part, unique in the page.

    Returns
    -------
    str
        HTML with labelled controls, places for chart and answer, and the rest as JSON.

    Raises
    ------
    ValueError
        If a control steers no parameter, its first choice is no option, or a
        choice has no answer.
    """
    controls = chart["controls"]
    _check(chart, identity)
    lists = "\n".join(
        select_html(identity, name, control["label"], control["options"], control["chosen"])
        for name, control in controls.items()
    )
    held = {"title": chart["title"], "answers": chart["answers"], "joint": JOINT, "spec": chart["spec"]}
    return f"""<div {PLOT_MARKER} id="{html.escape(identity)}">
<form class="explorer-controls" aria-label="Choose what the chart shows">
{lists}
<p class="explorer-buttons"><button type="button" name="svg">Download chart</button>
<button type="reset">Reset</button></p>
</form>
<p class="explorer-status" role="status" aria-live="polite">The chart needs JavaScript.</p>
<div class="explorer-chart" role="img" aria-label="{html.escape(chart["title"])}"></div>
<script type="application/json" class="explorer-held">{script_json(held)}</script>
</div>"""


def _check(chart: Mapping[str, Any], identity: str) -> None:
    controls = chart["controls"]
    steered = {param["name"] for param in chart["spec"].get("params", [])}
    for name, control in controls.items():
        if name not in steered:
            raise ValueError(f"{identity}: the specification has no parameter {name!r} for its control")
        if control["chosen"] not in control["options"]:
            raise ValueError(f"{identity}: {control['chosen']!r} is no option of {name!r}")
    choices = [JOINT.join(values) for values in product(*(control["options"] for control in controls.values()))]
    silent = [choice for choice in choices if choice not in chart["answers"]]
    if silent:
        raise ValueError(f"{identity}: no answer to {silent[0]!r} and {len(silent) - 1} other choices")
