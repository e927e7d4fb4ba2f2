"""The specification curve: every defensible way to fit a benchmark, and what it concludes.

A specification is one choice in each of eight dimensions: vintage, measure,
form, metric, direction, estimator, outlier rule and frontier
:cite:p:`simonsohn2020specification,steegen2016increasing`. All specifications
of a vintage and measure are fitted at once; see `stacks`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
from scipy import special

from computational_limits.arrays import BoolArray, FloatArray, IntArray
from computational_limits.diagnostics import EQUALLY_GOOD
from computational_limits.drivers import decompose_variance
from computational_limits.fits import (
    BEST_SO_FAR,
    COMPUTING_ON_PERFORMANCE,
    DEFINED,
    DIRECTIONS,
    FLOOR_MINIMUM_MODELS,
    LEAST_SQUARES,
    QUANTILES,
    THEIL_SEN,
    WITH_YEAR,
    best_so_far,
)
from computational_limits.regressions import HARDWARE_BURDEN
from computational_limits.robustness import papers_of
from computational_limits.scaling import (
    EXPONENTIAL,
    EXPONENTIAL_WITH_FLOOR,
    FLOORED,
    MINIMUM_MODELS,
    PERFORMANCE_ON_COMPUTING,
    POLYNOMIAL,
    POLYNOMIAL_WITH_FLOOR,
    Form,
    Transformation,
)
from computational_limits.stacks import (
    Lines,
    Stack,
    centre,
    floors_of,
    least_squares_lines,
    lines_with_year,
    masked_median,
    quantile_lines,
    theil_sen_lines,
    without_far_residuals,
    without_most_influential,
)
from computational_limits.uncertainty import SIGNIFICANCE
from computational_limits.vintages import MEASURES, VINTAGES

ALL_MODELS = "all models"
BEST_OF_YEAR = "better half of each year"
FRONTIERS = (ALL_MODELS, BEST_SO_FAR, BEST_OF_YEAR)
"""Which models make the law: all, those that set a record, or those no worse than the median error of their year."""
NO_RULE = "none"
UNDISPUTED = "burdens in dispute left out"
ONE_A_PAPER = "best model of each paper"
NOT_INFLUENTIAL = "most influential left out"
NOT_FAR = "far residuals left out"
OUTLIER_RULES = (NO_RULE, UNDISPUTED, ONE_A_PAPER, NOT_INFLUENTIAL, NOT_FAR)
"""Which models are set aside first; the last two look at the straight line of the same form and metric."""
FAR = 2.5
"""Robust standard deviations from which on a residual is far."""
TRAINING = tuple(measure for measure in MEASURES if measure != "ops_per_pass")
"""Measures of a whole training, which targets and limits are about."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A reading of the score: what counts as error.

    Parameters
    ----------
    name : str
        What it is called.
    of, error : callable
        From error, one minus the score, to this reading, and back.
    stretch : callable
        ``d log10(reading) / d log10(error)`` at an error.
    """

    name: str
    of: Transformation
    error: Transformation
    stretch: Transformation

    def read(self, form: Form) -> Form:
        """The form with this reading in place of error."""
        return replace(
            form,
            response=lambda error: form.response(self.of(error)),
            error=lambda y: self.error(form.error(y)),
            stretch=lambda error: form.stretch(self.of(error)) * self.stretch(error),
        )


ERROR = Metric("error", lambda error: error, lambda value: value, np.ones_like)
ODDS = Metric(
    "odds of error",
    lambda error: error / (1.0 - error),
    lambda value: value / (1.0 + value),
    lambda error: 1.0 / (1.0 - error),
)
LOG_SCORE = Metric(
    "negative log score",
    lambda error: -np.log1p(-error),
    lambda value: -np.expm1(-value),
    lambda error: error / ((error - 1.0) * np.log1p(-error)),
)
METRICS = {metric.name: metric for metric in (ERROR, ODDS, LOG_SCORE)}
"""Readings of the score: its complement; wrong against right; and its logarithm.

The last is natural for a score that is a geometric mean of shares, as BLEU is.
"""
FORMS = {form.name: form for form in (POLYNOMIAL, EXPONENTIAL, POLYNOMIAL_WITH_FLOOR, EXPONENTIAL_WITH_FLOOR)}
"""Forms with a power of performance. An exponential decay has none; a break is fitted in one way only."""
DIMENSIONS: dict[str, tuple[str, ...]] = {
    "vintage": tuple(VINTAGES),
    "measure": tuple(MEASURES),
    "form": tuple(FORMS),
    "metric": tuple(METRICS),
    "direction": DIRECTIONS,
    "estimator": (LEAST_SQUARES, WITH_YEAR, THEIL_SEN, *QUANTILES),
    "outliers": OUTLIER_RULES,
    "frontier": FRONTIERS,
}
"""Dimension to its choices, the published one first."""
UNDEFINED = {
    "odds of error, exponential form": "odds of right against wrong are 1 / error less one: the same line",
    "floor, frontier": "a floor is fitted to all models only",
    "year or quantile, other direction": "a term for the year and a quantile of performance are of the published one",
    "Theil-Sen, symmetric line": "a median of slopes has a predictor and a response",
}
"""Combinations that are no specification, and why; the last three as in `fits.DEFINED` and `fits.refusal`."""
FEW = f"a line needs at least {MINIMUM_MODELS} models"
FEW_FOR_FLOOR = f"a floor needs at least {FLOOR_MINIMUM_MODELS} models"
SAME_COMPUTING = "all models have the same computing"
SAME_ERROR = "all models have the same error"
FEW_FOR_YEAR = f"a line with the year needs more than {MINIMUM_MODELS} models"
SAME_YEAR = "all models are of the same year"
NO_SLOPE = "the models carry no slope this way"
REASONS = (FEW, SAME_COMPUTING, SAME_ERROR, FEW_FOR_FLOOR, FEW_FOR_YEAR, SAME_YEAR, NO_SLOPE)
"""Why the data cannot carry a specification."""
CLAIMS = {
    "rising": "r2-low",
    "above_theory": "theory-exponent",
    "above_practice": "practice-exponent",
    "beyond_stock": "target-1",
    "forms_equal": "forms-equal",
}
"""Conclusion, a column of ``multiverse.csv``, to the claim behind it, or what the ids of several have in common.

``rising``: performance rises with computing, the slope being positive at
`uncertainty.SIGNIFICANCE`. ``above_theory``, ``above_practice``: the power is
at least that of theory, or that found in practice. ``beyond_stock``: the first
target asks for more than all accelerators can do in a year. ``forms_equal``:
the published forms fit about equally well, for least squares in the published
direction.
"""
CONCLUSIONS = tuple(CLAIMS)
ESTIMATES = ("n", "slope", "power", "p_value", "log10_gflop")
COLUMNS = ("benchmark", *DIMENSIONS, *ESTIMATES, *CONCLUSIONS, "distinct")
"""Columns of ``multiverse.csv``."""
PERMUTATIONS = 200
TOGETHER = 50
"""Permutations that are fitted at once."""
FIRST_TARGET = "target 1"
OUTCOMES: dict[str, Callable[[pd.DataFrame], object]] = {
    "power": lambda rows: np.log10(rows["power"]),
    "target": lambda rows: rows["log10_gflop"].rank(),
    "rising": lambda rows: rows["rising"],
}
"""What spreads: log10 of the power of laws that rise, the place of the computing at the first target among all
others, and whether the slope is significant.

Laws that hardly rise put the target hundreds of decades out, and some laws never
reach it: a variance of log10 GFLOP would be theirs alone, one of ranks is not.
"""
DIGITS = 6
"""Significant digits of ``multiverse.csv``."""


def scales(floored: bool) -> list[tuple[Form, Metric]]:
    """Forms with the metrics that make another law of them."""
    return [
        (form, metric)
        for form, metric in product(FORMS.values(), METRICS.values())
        if (form.shape == FLOORED) == floored and not (metric is ODDS and form.name.startswith(EXPONENTIAL.name))
    ]


WAYS = [
    (estimator, direction)
    for estimator in DIMENSIONS["estimator"]
    for direction in DIRECTIONS
    if (estimator, direction) in DEFINED
]
"""Estimator and direction of every specification."""
PER_SELECTION = len(WAYS)
PER_MEASURE = PER_SELECTION * len(OUTLIER_RULES) * (len(scales(False)) * len(FRONTIERS) + len(scales(True)))
"""Specifications of one vintage and measure."""
GRID_SIZE = PER_MEASURE * len(VINTAGES) * len(MEASURES)
"""Specifications of one benchmark."""


@dataclass(frozen=True, slots=True)
class Yardsticks:
    """What the specifications of a benchmark are held against.

    Attributes
    ----------
    reference_error : float
        Error at which powers are compared.
    target_error : float
        Error of the first target; NaN without one.
    theory, practice : float
        Powers that the paper derives and finds.
    stock_log10_gflop : float
        What all accelerators can do in a year.
    score : str
        Score that these errors are of. In a vintage with another score the
        reference is the smallest error of the models, and there is no target.
    """

    reference_error: float
    target_error: float
    theory: float
    practice: float
    stock_log10_gflop: float
    score: str


@dataclass(frozen=True, slots=True)
class Sample:
    """Models of one benchmark, vintage and measure, in order of computing and error.

    Attributes
    ----------
    log10_gflop, error, year : ndarray of float, shape (n,)
        Of each model.
    paper : ndarray of int, shape (n,)
        Code of its paper.
    disputed : ndarray of bool, shape (n,)
        Whether the audit finds its burden wrong.
    """

    log10_gflop: FloatArray
    error: FloatArray
    year: FloatArray
    paper: IntArray
    disputed: BoolArray

    @property
    def key(self) -> tuple[bytes, ...]:
        """What two samples have in common that have the same specifications."""
        return tuple(part.tobytes() for part in (self.log10_gflop, self.error, self.year, self.paper, self.disputed))

    def permuted(self, order: IntArray) -> Sample:
        """The same models with the computing of others."""
        return replace(self, log10_gflop=self.log10_gflop[order])


@dataclass(frozen=True, slots=True)
class Multiverse:
    """All specifications of some benchmarks.

    Attributes
    ----------
    fitted : DataFrame
        ``multiverse.csv``, `COLUMNS`, one row a specification that the data
        carry. ``power`` is the power of performance that computing grows with
        at the reference error, the decades of computing to a decade of
        performance: ``1 / slope`` in the polynomial form, infinite where a floor
        lies above that error, missing where the slope is not positive.
        ``log10_gflop`` is where the law reaches the first target, infinite
        where it never does, for measures of a whole training. A conclusion
        holds (1), does not (0) or is not defined (missing); a law that does not
        rise supports none. ``distinct`` is false for a law that an earlier
        specification fits to the same models.
    absent : DataFrame
        ``multiverse_absent.csv``: ``benchmark``, ``reason`` and ``specifications``, how many the data cannot carry.
    """

    fitted: pd.DataFrame
    absent: pd.DataFrame

    @property
    def table(self) -> pd.DataFrame:
        """``multiverse.csv``: the specifications with `DIGITS` significant digits."""
        decimals = {
            name: [float(f"{value:.{DIGITS}g}") for value in self.fitted[name].tolist()]
            for name in ("slope", "power", "p_value", "log10_gflop")
        }
        return self.fitted.assign(**decimals, distinct=self.fitted["distinct"].astype(int))


def sample_models(models: pd.DataFrame, measure: str, disputed: Iterable[str] = ()) -> Sample:
    """Sample of the models that state a measure.

    Parameters
    ----------
    models : DataFrame
        Models of one benchmark and vintage, as `vintages.read_models` returns them.
    measure : str
        A key of `vintages.MEASURES`.
    disputed : iterable of str
        Models whose burden the audit finds wrong.
    """
    compute = models[MEASURES[measure]].to_numpy(dtype=float)
    stated = np.flatnonzero(np.isfinite(compute))
    ids, error = models["model_id"].to_numpy(dtype=str), models["error"].to_numpy(dtype=float)
    order = stated[np.lexsort((ids[stated], error[stated], compute[stated]))]
    return Sample(
        log10_gflop=np.log10(compute[order]),
        error=error[order],
        year=models["year"].to_numpy(dtype=float)[order],
        paper=np.asarray(pd.factorize(papers_of(models).to_numpy()[order])[0], dtype=np.int64),
        disputed=np.isin(ids[order], list(disputed)),
    )


def fit_multiverse(
    models: Mapping[str, pd.DataFrame], yardsticks: Mapping[str, Yardsticks], disputed: Iterable[str] = ()
) -> Multiverse:
    """Fit every specification of every benchmark.

    Parameters
    ----------
    models : mapping
        Vintage to its models, as `vintages.read_models` returns them.
    yardsticks : mapping
        Benchmark to what it is held against, in the order wanted.
    disputed : iterable of str
        Models whose published burden the audit finds wrong, in any vintage.
    """
    disputed = list(disputed)
    tables: list[pd.DataFrame] = []
    absent: list[pd.DataFrame] = []
    for benchmark, yardstick in yardsticks.items():
        seen: set[tuple[object, ...]] = set()
        known: dict[tuple[bytes, ...], list[Block]] = {}
        for vintage, table in models.items():
            chosen = table[table["benchmark"] == benchmark]
            same_score = set(chosen["metric"]) <= {yardstick.score}
            for measure in MEASURES:
                sample = sample_models(chosen, measure, disputed)
                if sample.error.size < MINIMUM_MODELS:
                    absent.append(_counted({FEW: PER_MEASURE}).assign(benchmark=benchmark))
                    continue
                held = yardstick if same_score else _of_other_score(yardstick, sample)
                held = held if measure in TRAINING else replace(held, target_error=np.nan)
                blocks = known.get(sample.key) or known.setdefault(sample.key, fit_laws(sample))
                found, missing = tabulate_laws(blocks, sample, held, seen)
                keys = {"benchmark": benchmark, "vintage": vintage, "measure": measure}
                tables.append(found.assign(**keys)[list(COLUMNS)])
                absent.append(missing.assign(benchmark=benchmark))
    counted = pd.concat(absent).groupby(["benchmark", "reason"], sort=False)["specifications"].sum()
    return Multiverse(pd.concat(tables, ignore_index=True), counted.astype(int).reset_index())


def fit_laws(sample: Sample) -> list[Block]:
    """Fit every law to every selection of a sample of at least three models in every way."""
    return [fit_straight(sample), *([_fit_floored(sample)] if sample.error.size >= FLOOR_MINIMUM_MODELS else [])]


def tabulate_laws(
    blocks: list[Block], sample: Sample, yardstick: Yardsticks, seen: set[tuple[object, ...]] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Specifications of one sample, and why others are absent.

    Parameters
    ----------
    blocks : list of Block
        What `fit_laws` gives.
    sample : Sample
        What it was given.
    yardstick : Yardsticks
        What the laws are held against.
    seen : set, optional
        Laws and models of specifications before these; those found here are added.

    Returns
    -------
    fitted, absent : DataFrame
        As those of `Multiverse`, without the benchmark, the vintage and the measure.
    """
    seen = set() if seen is None else seen
    counts = np.sum(
        [np.bincount(block.reason[block.reason >= 0], minlength=len(REASONS)) for block in blocks], axis=0, dtype=int
    )
    absent = dict(zip(REASONS, counts.tolist(), strict=True))
    absent[FEW_FOR_FLOOR] += PER_MEASURE - sum(block.reason.size for block in blocks)
    tables = [_tabulate(block, sample, yardstick, seen) for block in blocks]
    return pd.concat(tables, ignore_index=True), _counted(absent)


def read_yardsticks(
    models: pd.DataFrame, targets: pd.DataFrame, claims: pd.DataFrame, stock_log10_gflop: float
) -> dict[str, Yardsticks]:
    """What the specifications of each benchmark are held against.

    Parameters
    ----------
    models : DataFrame
        Models of the published vintage: powers are compared at the smallest error of a benchmark.
    targets, claims : DataFrame
        The tables of these names.
    stock_log10_gflop : float
        What all accelerators can do in a year.

    Returns
    -------
    dict
        Benchmark to `Yardsticks`, in the order of the models. The power found
        in practice is the published one of ImageNet, and the lowest published
        of the others elsewhere.
    """
    first = targets[targets["label"] == FIRST_TARGET].set_index("benchmark")["error"]
    published = claims.set_index("claim_id")["published"]
    return {
        str(benchmark): Yardsticks(
            reference_error=float(rows["error"].min()),
            target_error=float(first.get(benchmark, np.nan)),
            theory=float(published["theory-exponent"]),
            practice=float(published.get(f"practice-exponent-{benchmark}", published["practice-exponent-low"])),
            stock_log10_gflop=stock_log10_gflop,
            score=str(rows["metric"].iloc[0]),
        )
        for benchmark, rows in models.groupby("benchmark", sort=False)
    }


@dataclass(frozen=True, slots=True)
class CurveTest:
    """How many specifications are significant where computing has nothing to do with error.

    Attributes
    ----------
    specifications : int
        Of the models as they are.
    observed : float
        Share of them with a slope that is positive at `uncertainty.SIGNIFICANCE`.
    permuted : ndarray of float, shape (permutations,)
        The same share where every model has the computing of another.
    """

    specifications: int
    observed: float
    permuted: FloatArray

    @property
    def p_value(self) -> float:
        """Share of the permutations, the models as they are among them, with a share at least as large."""
        return float((1 + np.sum(self.permuted >= self.observed)) / (1 + self.permuted.size))


def permute_computing(sample: Sample, seed: int, permutations: int = PERMUTATIONS) -> CurveTest:
    """Test the straight specifications of a sample together, by permuting computing among its models.

    Every permutation goes through all outlier rules, frontiers and ways, so
    that it does not matter how much the specifications depend on each other
    :cite:p:`simonsohn2020specification`.

    Parameters
    ----------
    sample : Sample
        At least three models.
    seed : int
        Of the permutations.
    permutations : int
        How many.
    """
    generator = np.random.default_rng(seed)
    orders = generator.permuted(np.tile(np.arange(sample.error.size), (permutations, 1)), axis=1)
    here = fit_straight(sample)
    parts = np.array_split(orders, -(-permutations // TOGETHER))
    shares = [_significant(fit_straight(sample, part), len(part)) for part in parts]
    return CurveTest(int((here.reason < 0).sum()), float(_significant(here, 1)[0]), np.concatenate(shares))


def tabulate_curve_tests(
    models: pd.DataFrame,
    benchmarks: Iterable[str],
    disputed: Iterable[str],
    seed: int,
    permutations: int = PERMUTATIONS,
    measure: str = HARDWARE_BURDEN,
) -> pd.DataFrame:
    """Permutation tests of the models of a vintage: ``multiverse_tests.csv``.

    Parameters
    ----------
    models : DataFrame
        Models of one vintage, as `vintages.read_models` returns them.
    benchmarks, disputed : iterable of str
        Benchmarks, in the order wanted, and models whose burden is in dispute.
    seed, permutations
        As `permute_computing` takes them.
    measure : str
        A key of `vintages.MEASURES`.

    Returns
    -------
    DataFrame
        ``benchmark``, ``vintage``, ``specifications``, ``observed``,
        ``permuted``, the mean over the permutations, ``permuted_high``, their
        95th percentile, ``permutations`` and ``p_value``; see `CurveTest`.
    """
    (vintage,) = models["vintage"].unique()
    disputed = list(disputed)
    rows = []
    for benchmark in benchmarks:
        sample = sample_models(models[models["benchmark"] == benchmark], measure, disputed)
        test = permute_computing(sample, seed, permutations)
        rows.append(
            {
                "benchmark": benchmark,
                "vintage": vintage,
                "specifications": test.specifications,
                "observed": test.observed,
                "permuted": float(test.permuted.mean()),
                "permuted_high": float(np.quantile(test.permuted, 1.0 - SIGNIFICANCE)),
                "permutations": permutations,
                "p_value": test.p_value,
            }
        )
    return pd.DataFrame(rows)


def tabulate_drivers(fitted: pd.DataFrame) -> pd.DataFrame:
    """Which dimension drives the spread over the specifications of each benchmark: ``multiverse_drivers.csv``.

    Parameters
    ----------
    fitted : DataFrame
        Of a `Multiverse`; those that repeat others count too, for a choice that
        changes nothing explains nothing.

    Returns
    -------
    DataFrame
        ``benchmark``, ``outcome``, a key of `OUTCOMES`, ``specifications``, and
        what `drivers.decompose_variance` gives.
    """
    tables = []
    for benchmark, rows in fitted.groupby("benchmark", sort=False):
        for outcome, of in OUTCOMES.items():
            with np.errstate(divide="ignore"):
                values = np.asarray(of(rows), dtype=float)
            finite = np.isfinite(values)
            if not finite.any():
                continue
            choices = {name: _codes(rows[name], name)[finite] for name in DIMENSIONS}
            table = decompose_variance(choices, values[finite])
            keys = {"benchmark": benchmark, "outcome": outcome, "specifications": int(finite.sum())}
            tables.append(table.assign(**keys))
    order = ["benchmark", "outcome", "specifications", "dimension", "alone", "shapley"]
    return pd.concat(tables, ignore_index=True)[order]


def tabulate_conclusions(multiverse: Multiverse) -> pd.DataFrame:
    """In how many specifications each conclusion holds, by benchmark: ``multiverse_conclusions.csv``.

    Parameters
    ----------
    multiverse : Multiverse
        All specifications.

    Returns
    -------
    DataFrame
        ``benchmark``, ``conclusion``, ``claim``, the claim behind it,
        ``specifications``, how many different ones it is defined for,
        ``holds``, in how many of them, and ``share``.
    """
    rows = []
    for benchmark, table in multiverse.fitted.groupby("benchmark", sort=False):
        different = table[table["distinct"]]
        for conclusion in CONCLUSIONS:
            answers = different[conclusion].dropna()
            holds = int(answers.sum())
            keys = {"benchmark": benchmark, "conclusion": conclusion, "claim": CLAIMS[conclusion]}
            share = holds / len(answers) if len(answers) else np.nan
            rows.append(keys | {"specifications": len(answers), "holds": holds, "share": share})
    return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class Block:
    """Laws fitted in every way to ``G`` samples and ``S`` selections of each.

    Attributes
    ----------
    laws : list of tuple
        Form and metric of each sample.
    floors : ndarray of float, shape (G, S)
        Irreducible error of each law; NaN where it has none.
    rules, frontiers : ndarray of int, shape (G, S)
        Places of the outlier rule and the frontier in their lists.
    stack : Stack
        Samples and selections.
    slope, intercept, p_value : ndarray of float, shape (len(WAYS), G, S)
        Of each line.
    reason : ndarray of int, shape (len(WAYS), G, S)
        Place in `REASONS` of why there is none, else -1.
    """

    laws: list[tuple[Form, Metric]]
    floors: FloatArray
    rules: IntArray
    frontiers: IntArray
    stack: Stack
    slope: FloatArray
    intercept: FloatArray
    p_value: FloatArray
    reason: IntArray


def select_models(sample: Sample, laws: list[tuple[Form, Metric]], log10_gflop: FloatArray) -> BoolArray:
    """Models of every outlier rule and frontier.

    Parameters
    ----------
    sample : Sample
        The models.
    laws : list of tuple
        Form and metric of each of ``G`` samples; the rules that look at residuals leave out its floor.
    log10_gflop : ndarray of float, shape (G, n)
        Computing of each model in each of them.

    Returns
    -------
    ndarray of bool, shape (G, len(OUTLIER_RULES), len(FRONTIERS), n)
    """
    count, n = log10_gflop.shape
    stack = Stack(log10_gflop, _responses(laws, sample.error), np.ones((count, 1, n), dtype=bool))
    ruled = {
        NO_RULE: np.ones(n, dtype=bool),
        UNDISPUTED: ~sample.disputed,
        ONE_A_PAPER: _best_of_each(sample),
        NOT_INFLUENTIAL: without_most_influential(stack)[:, 0],
        NOT_FAR: without_far_residuals(stack, FAR)[:, 0],
    }
    kept = np.stack([np.broadcast_to(ruled[rule], (count, n)) for rule in OUTLIER_RULES], axis=1)
    different, places = np.unique(kept.reshape(-1, n), axis=0, return_inverse=True)
    fronts = np.stack([different, _records(sample, different), _better_halves(sample, different)], axis=1)
    return np.asarray(fronts[places.ravel()].reshape(count, len(OUTLIER_RULES), len(FRONTIERS), n))


def fit_straight(sample: Sample, orders: IntArray | None = None) -> Block:
    """Fit the straight laws to every selection in every way.

    Parameters
    ----------
    sample : Sample
        At least three models.
    orders : ndarray of int, shape (P, n), optional
        Permutations of the models; each model takes the computing of another. All laws of one follow each other.
    """
    orders = np.arange(sample.error.size)[None] if orders is None else orders
    laws = scales(floored=False) * len(orders)
    x = np.repeat(sample.log10_gflop[orders], len(laws) // len(orders), axis=0)
    kept = select_models(sample, laws, x)
    rules, frontiers = np.indices(kept.shape[1:3]).reshape(2, -1)
    shape = (len(laws), rules.size)
    stack = Stack(x, _responses(laws, sample.error), kept.reshape(*shape, -1))
    return _fit_ways(
        sample, laws, np.zeros(shape), np.broadcast_to(rules, shape), np.broadcast_to(frontiers, shape), stack
    )


def _fit_floored(sample: Sample) -> Block:
    """Laws with a floor: one sample a law and selection, since each has responses of its own."""
    scale = scales(floored=True)
    x = np.broadcast_to(sample.log10_gflop, (len(scale), sample.error.size))
    chosen = select_models(sample, scale, x)[:, :, 0]
    found = [np.unique(kept, axis=0, return_inverse=True) for kept in chosen]
    starts = np.cumsum([0, *(len(kept) for kept, _ in found)])
    everywhere = np.concatenate([start + places.ravel() for start, (_, places) in zip(starts, found, strict=False)])
    laws = [law for law, (kept, _) in zip(scale, found, strict=True) for _ in kept]
    kept = np.concatenate([kept for kept, _ in found])
    rows = np.broadcast_to(sample.log10_gflop, kept.shape)
    enough = kept.sum(axis=1) >= FLOOR_MINIMUM_MODELS
    for values in (rows, np.broadcast_to(sample.error, kept.shape)):
        enough &= _spread(values, kept[:, None, :])[:, 0]
    floors, y = np.full(len(laws), np.nan), np.zeros(kept.shape)
    for place, (form, metric) in enumerate(scale):
        law, part = metric.read(form), slice(starts[place], starts[place + 1])
        carried = enough[part]
        floors[part][carried] = floors_of(sample.error, kept[part][carried], sample.log10_gflop, law)
        y[part] = law.response(np.where(kept[part] & carried[:, None], sample.error - floors[part, None], 0.5))
    none = np.zeros((len(laws), 1), dtype=np.int64)
    block = _fit_ways(sample, laws, floors[:, None], none, none, Stack(rows, y, kept[:, None, :]))
    rules = np.tile(np.arange(len(OUTLIER_RULES)), len(scale))[:, None]
    return _repeat(block, everywhere, rules)


def _repeat(block: Block, places: IntArray, rules: IntArray) -> Block:
    """A block with the samples at some places, and the outlier rules that lead to them."""
    return Block(
        laws=[block.laws[place] for place in places],
        floors=block.floors[places],
        rules=rules,
        frontiers=np.zeros_like(rules),
        stack=Stack(block.stack.x[places], block.stack.y[places], block.stack.kept[places]),
        slope=block.slope[:, places],
        intercept=block.intercept[:, places],
        p_value=block.p_value[:, places],
        reason=block.reason[:, places],
    )


def _fit_ways(
    sample: Sample,
    laws: list[tuple[Form, Metric]],
    floors: FloatArray,
    rules: IntArray,
    frontiers: IntArray,
    stack: Stack,
) -> Block:
    """Fit the selections of a stack in every way."""
    year = np.broadcast_to(sample.year, stack.x.shape)
    error = np.broadcast_to(sample.error, stack.x.shape)
    found: dict[tuple[str, str], Lines] = {
        (LEAST_SQUARES, direction): least_squares_lines(stack, direction) for direction in DIRECTIONS
    }
    found[WITH_YEAR, PERFORMANCE_ON_COMPUTING] = lines_with_year(stack, year)
    for direction in (PERFORMANCE_ON_COMPUTING, COMPUTING_ON_PERFORMANCE):
        found[THEIL_SEN, direction] = theil_sen_lines(stack, turned=direction == COMPUTING_ON_PERFORMANCE)
    by_quantile = quantile_lines(stack, tuple(QUANTILES.values()))
    found |= {(name, PERFORMANCE_ON_COMPUTING): by_quantile[share] for name, share in QUANTILES.items()}
    slope, intercept, p_value = (
        np.stack([getattr(found[way], part) for way in WAYS]) for part in ("slope", "intercept", "p_value")
    )
    reason = np.where(np.isnan(slope), REASONS.index(NO_SLOPE), -1)
    with_year = [place for place, (estimator, _) in enumerate(WAYS) if estimator == WITH_YEAR]
    reason[with_year] = np.where(~_spread(year, stack.kept), REASONS.index(SAME_YEAR), reason[with_year])
    reason[with_year] = np.where(stack.n <= MINIMUM_MODELS, REASONS.index(FEW_FOR_YEAR), reason[with_year])
    floored = np.array([form.shape == FLOORED for form, _ in laws])[:, None]
    for why, cannot in (
        (FEW_FOR_FLOOR, floored & (stack.n < FLOOR_MINIMUM_MODELS)),
        (SAME_ERROR, ~_spread(error, stack.kept)),
        (SAME_COMPUTING, ~_spread(stack.x, stack.kept)),
        (FEW, stack.n < MINIMUM_MODELS),
    ):
        reason = np.where(cannot, REASONS.index(why), reason)
    return Block(laws, floors, rules, frontiers, stack, slope, intercept, p_value, reason)


def _tabulate(block: Block, sample: Sample, yardstick: Yardsticks, seen: set[tuple[object, ...]]) -> pd.DataFrame:
    """Rows of the specifications of a block that could be fitted."""
    there = block.reason < 0
    way, law, selection = np.nonzero(there)
    slope, p_value = block.slope[there], block.p_value[there]
    stretch, goal = _marks(block, yardstick)
    rises = slope > 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        power = np.where(rises, stretch[law, selection] / slope, np.nan)
        reached = (goal[law, selection] - block.intercept[there]) / slope
    log10_gflop = np.where(rises | np.isnan(reached), reached, np.inf)
    equal = np.full(there.shape, np.nan)
    if not np.any(block.floors):
        published = WAYS.index((LEAST_SQUARES, PERFORMANCE_ON_COMPUTING))
        equal[published] = forms_about_equal(block.laws, sample.error, block.stack)
    names = [(form.name, metric.name) for form, metric in block.laws]
    codes = {
        "form": np.array([DIMENSIONS["form"].index(form) for form, _ in names])[law],
        "metric": np.array([DIMENSIONS["metric"].index(metric) for _, metric in names])[law],
        "direction": np.array([DIRECTIONS.index(direction) for _, direction in WAYS])[way],
        "estimator": np.array([DIMENSIONS["estimator"].index(estimator) for estimator, _ in WAYS])[way],
        "outliers": block.rules[law, selection],
        "frontier": block.frontiers[law, selection],
    }
    distinct = _first_of_kind(names, sample, block.stack.kept, seen)
    conclusions = {
        "rising": rises & (p_value < SIGNIFICANCE),
        "above_theory": rises & (power >= yardstick.theory),
        "above_practice": rises & (power >= yardstick.practice),
        "beyond_stock": np.where(np.isnan(log10_gflop), np.nan, rises & (log10_gflop > yardstick.stock_log10_gflop)),
        "forms_equal": equal[there],
    }
    return pd.DataFrame(
        {
            **{name: pd.Categorical.from_codes(places, list(DIMENSIONS[name])) for name, places in codes.items()},
            "n": block.stack.n[law, selection].astype(int),
            "slope": slope,
            "power": power,
            "p_value": p_value,
            "log10_gflop": log10_gflop,
            **{name: pd.array(np.asarray(holds, dtype=float), dtype="Int8") for name, holds in conclusions.items()},
            "distinct": distinct[law, selection],
        }
    )


def _marks(block: Block, yardstick: Yardsticks) -> tuple[FloatArray, FloatArray]:
    """Stretch of each law at the reference error, and its response at the target; infinite at or below a floor."""
    stretch, goal = np.empty(block.floors.shape), np.empty(block.floors.shape)
    reference, target = yardstick.reference_error, yardstick.target_error
    for place, (form, metric) in enumerate(block.laws):
        law, floors = metric.read(form), np.nan_to_num(block.floors[place])
        left = np.where(reference > floors, reference - floors, np.nan)
        stretch[place] = np.nan_to_num(law.stretch(left) * reference / left, nan=np.inf)
        left = np.where(target > floors, target - floors, np.nan)
        goal[place] = np.nan_to_num(law.response(left), nan=np.inf) if target > 0.0 else np.nan
    return stretch, goal


def forms_about_equal(laws: list[tuple[Form, Metric]], error: FloatArray, stack: Stack) -> FloatArray:
    """Whether the published forms of each metric fit a selection about equally well, 1 or 0, shape (G, S).

    By least squares, performance on computing; see `diagnostics.Comparison`.
    """
    densities = []
    for form in (POLYNOMIAL, EXPONENTIAL):
        read = [metric.read(form) for _, metric in laws]
        y = np.array([law.response(error) for law in read])
        (dx, _), (dy, _) = centre(stack.x, stack.kept), centre(y, stack.kept)
        with np.errstate(divide="ignore", invalid="ignore"):
            residuals = dy - (np.sum(dx * dy, axis=2) / np.sum(dx**2, axis=2))[..., None] * dx
            variance = (np.sum(residuals**2, axis=2) / stack.n)[..., None]
            density = -0.5 * (np.log(2.0 * np.pi * variance) + residuals**2 / variance)
        density = density + np.log([law.stretch(error) for law in read])[:, None, :]
        densities.append(np.where(stack.kept, density, 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        n = stack.n
        raw = densities[0] - densities[1]
        mean = raw.sum(axis=2) / n
        difference = np.where(stack.kept, raw - mean[..., None], 0.0)
        se = np.sqrt(np.sum(difference**2, axis=2) / (n - 1.0) / n)
        p_value = 2.0 * special.stdtr(np.maximum(n - 1.0, 1.0), -np.abs(mean) / se)
    return np.where((p_value >= SIGNIFICANCE) & (np.abs(2.0 * mean * n) <= EQUALLY_GOOD), 1.0, 0.0)


def _first_of_kind(
    names: list[tuple[str, str]], sample: Sample, kept: BoolArray, seen: set[tuple[object, ...]]
) -> BoolArray:
    """Whether no specification before fits the law to the same models, shape (G, S); adds these to ``seen``."""
    first = np.zeros(kept.shape[:2], dtype=bool)
    values = np.stack([sample.log10_gflop, sample.error, sample.year], axis=1)
    for law, selections in enumerate(kept):
        for place, chosen in enumerate(selections):
            key = (*names[law], values[chosen].tobytes())
            first[law, place] = key not in seen
            seen.add(key)
    return first


def _responses(laws: list[tuple[Form, Metric]], error: FloatArray) -> FloatArray:
    """Response of the straight line of each law, shape (G, n)."""
    different = {(form.name, metric.name): metric.read(form).response(error) for form, metric in dict.fromkeys(laws)}
    return np.array([different[form.name, metric.name] for form, metric in laws])


def _best_of_each(sample: Sample) -> BoolArray:
    """The model of smallest error of each paper; the first of equal ones."""
    order = np.lexsort((sample.error, sample.paper))
    best = np.zeros(sample.error.size, dtype=bool)
    best[order[np.diff(sample.paper[order], prepend=-1) > 0]] = True
    return best


def _records(sample: Sample, kept: BoolArray) -> BoolArray:
    """Of each selection, the models that set a record."""
    found = np.zeros_like(kept)
    for row, chosen in zip(found, kept, strict=True):
        places = np.flatnonzero(chosen)
        if places.size:
            row[places[best_so_far(sample.error[places], sample.year[places])]] = True
    return found


def _better_halves(sample: Sample, kept: BoolArray) -> BoolArray:
    """Of each selection, the models whose error is no larger than the median of their year."""
    found = np.zeros_like(kept)
    for year in np.unique(sample.year):
        of_year = kept & (sample.year == year)
        median = masked_median(np.broadcast_to(sample.error, kept.shape), of_year)
        found |= of_year & (sample.error <= median[:, None])
    return found


def _spread(values: FloatArray, kept: BoolArray) -> BoolArray:
    """Whether the values of a selection differ, shape (G, S)."""
    high = np.where(kept, values[:, None, :], -np.inf).max(axis=2)
    low = np.where(kept, values[:, None, :], np.inf).min(axis=2)
    return np.asarray(high > low)


def _significant(block: Block, samples: int) -> FloatArray:
    """Share of the specifications of each of some samples with a positive, significant slope."""
    there = block.reason < 0
    positive = there & (block.slope > 0.0) & (block.p_value < SIGNIFICANCE)
    counts, fitted = (values.sum(axis=(0, 2)).reshape(samples, -1).sum(axis=1) for values in (positive, there))
    return np.asarray(counts / fitted)


def _codes(column: pd.Series, dimension: str) -> IntArray:
    return np.asarray(pd.Categorical(column, list(DIMENSIONS[dimension])).codes, dtype=np.int64)


def _of_other_score(yardstick: Yardsticks, sample: Sample) -> Yardsticks:
    return replace(yardstick, reference_error=float(sample.error.min()), target_error=np.nan)


def _counted(counts: Mapping[str, int]) -> pd.DataFrame:
    kept = {reason: count for reason, count in counts.items() if count}
    return pd.DataFrame({"reason": list(kept), "specifications": list(kept.values())})
