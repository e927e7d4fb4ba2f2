"""Later models, language models and networks for ImageNet, as the package takes them."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from computational_limits.image_networks import read_image_networks, select_image_networks
from computational_limits.language import (
    AT_FLOOR,
    DISTILLED,
    DOUBTFUL,
    PARTIAL,
    REPEATED,
    SPECULATIVE,
    UNKNOWN,
    error_above_floor,
    read_language_scores,
    select_language_scores,
)
from computational_limits.later import (
    convert_computing,
    read_later_models,
    recompute_burdens,
    recompute_operations,
    select_later_models,
)
from computational_limits.tables import read_table

FRACTIONS = st.floats(0.0, 1.0)
FLOORS = st.floats(0.0, 0.9)
USED = {
    "mmlu": 86,
    "gsm8k": 71,
    "boolq": 71,
    "winogrande": 69,
    "hellaswag": 63,
    "piqa": 62,
    "arc-challenge": 60,
    "triviaqa": 60,
    "big-bench-hard": 38,
    "openbookqa": 35,
    "gpqa-diamond": 31,
    "math-level-5": 29,
    "otis-mock-aime-2024-2025": 25,
    "lambada": 24,
    "frontiermath-2025-02-28-private": 8,
    "swe-bench-verified": 3,
    "frontiermath-2025-02-28-public": 1,
}
REASONS = {SPECULATIVE: 143, DISTILLED: 62, REPEATED: 28, AT_FLOOR: 20, PARTIAL: 17, DOUBTFUL: 10}


@pytest.fixture(scope="module")
def models() -> pd.DataFrame:
    return read_table("later_models")


@pytest.fixture(scope="module")
def language() -> pd.DataFrame:
    return read_language_scores(with_excluded=True)


@pytest.fixture(scope="module")
def networks() -> pd.DataFrame:
    return read_image_networks()


def small_tables(scores: list[dict[str, object]], **model: object) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Scores of one model on one benchmark of four answers."""
    score = {
        "benchmark": "quiz", "language_model": "m-1", "version": "m-1-base", "score": 0.5, "shots": 5,
        "prompt": "few-shot", "reported_in": "A report", "kind": "report", "doubt": None,
    }  # fmt: skip
    training = {
        "language_model": "m-1", "name": "M 1", "family": "m", "published": "2024-05-01", "training_flop": 1e23,
        "confidence": "confident", "counted": "whole run", "distilled": "no", "source": "list", "note": None,
    }  # fmt: skip
    rows = [score | {"source_row": number} | change for number, change in enumerate(scores)]
    benchmarks = pd.DataFrame({"benchmark": ["quiz"], "guessing_floor": [0.25]})
    return pd.DataFrame(rows), pd.DataFrame([training | model]), benchmarks


def test_a_stated_burden_comes_before_one_from_operations(models: pd.DataFrame) -> None:
    burden = convert_computing(models).set_axis(models["model_id"])
    assert burden["imagenet-2026-vit-h-14"] == pytest.approx(2.16e8 * 420000 / 8, rel=1e-3)
    assert burden["imagenet-2026-swin-t"] == pytest.approx(6 * 4.5e9 * 1281167 * 300 / 0.38 / 1e9, rel=1e-3)


def test_at_native_precision_a_gpu_could_have_done_several_times_as_much(models: pd.DataFrame) -> None:
    more = convert_computing(models, "native") / convert_computing(models)
    by_device = more.groupby(models["processor"]).median()
    assert by_device["tesla-v100-pcie-32-gb"] == pytest.approx(125000 / 14130, rel=1e-3)
    assert by_device["a100-sxm4"] == pytest.approx(312 / 19.49, rel=1e-3)
    assert by_device["cloud-tpu-v3-core"] == pytest.approx(123 / 105, rel=1e-3)
    assert more[models["processor"].isna()].dropna().eq(1.0).all()


def test_operations_do_not_depend_on_the_utilisation(models: pd.DataFrame) -> None:
    one, other = (convert_computing(models, "operations", share) for share in (0.2, 0.6))
    pd.testing.assert_series_equal(one, other)
    assert one.notna().sum() == models["training_flop"].notna().sum()


def test_an_unknown_conversion_and_an_impossible_utilisation_are_refused(models: pd.DataFrame) -> None:
    with pytest.raises(KeyError, match="did you mean 'operations'"):
        convert_computing(models, "operation")
    with pytest.raises(ValueError, match=r"above 0 and at most 1, got 1\.5"):
        convert_computing(models, utilisation=1.5)


def test_rows_with_a_reason_are_left_out_unless_asked_for(models: pd.DataFrame) -> None:
    used, every = select_later_models(models), select_later_models(models, with_excluded=True)
    assert (len(used), len(every)) == (108, 169)
    assert used["excluded"].isna().all()
    assert used["hardware_burden_gflop"].notna().all()
    assert every["paper"].notna().all()


def test_models_of_one_run_form_one_cluster() -> None:
    conll = read_later_models("conll-2003")
    luke = conll[conll["paper"] == "luke"]
    assert len(luke) == 3
    assert len(set(luke["hardware_burden_gflop"])) == 1


def test_earlier_stages_and_smaller_images_count_by_hand() -> None:
    columns = {
        "multiadds_per_pass": [2e9, np.nan, np.nan], "flop_per_pass": [np.nan, 1e9, np.nan],
        "epochs": [10.0, 3.0, np.nan], "examples": [100.0, 100.0, np.nan],
        "earlier_epochs": [20.0, np.nan, np.nan], "earlier_examples": [50.0, np.nan, np.nan],
        "earlier_scale": [0.25, np.nan, np.nan], "utilisation": [np.nan, np.nan, 0.4],
        "device_seconds": [np.nan, np.nan, 10.0], "native_peak_gflops": [np.nan, np.nan, 100.0],
    }  # fmt: skip
    found = recompute_operations(pd.DataFrame(columns))
    assert found.tolist() == pytest.approx([12e9 * (10 * 100 + 0.25 * 20 * 50), 3e9 * 300, 4e11])


def test_what_can_be_computed_again_agrees_to_the_digits_printed(models: pd.DataFrame) -> None:
    operations = recompute_operations(models) / models["training_flop"]
    assert (
        operations.notna().sum()
        == models["flop_method"].isin(["from operations per pass", "from hardware and time"]).sum()
    )
    burdens = recompute_burdens(models, read_table("processors"))
    ratios = [operations.dropna(), *(burdens[column].dropna() / models[column].dropna() for column in burdens)]
    assert all(np.allclose(ratio, 1.0, atol=5e-4) for ratio in ratios)


def test_a_guesser_has_an_error_of_one_above_the_floor() -> None:
    assert error_above_floor([0.25, 0.5, 0.0], [0.25, 0.5, 0.0]).tolist() == [1.0, 1.0, 1.0]
    assert error_above_floor(0.1, 0.25) > 1.0


@given(known=FRACTIONS, floor=FLOORS)
def test_the_error_above_the_floor_is_the_share_not_known(known: float, floor: float) -> None:
    """A model that knows a share of the answers and guesses the rest."""
    score = known + (1.0 - known) * floor
    assert error_above_floor(min(score, 1.0), floor) == pytest.approx(1.0 - known, abs=1e-9)


@pytest.mark.parametrize(("score", "floor"), [(1.2, 0.25), (-0.1, 0.25), (float("nan"), 0.25), (0.5, 1.0), (0.5, -0.1)])
def test_scores_and_floors_outside_their_domain_are_refused(score: float, floor: float) -> None:
    with pytest.raises(ValueError, match=r"must (lie between 0 and 1|be at least 0 and below 1)"):
        error_above_floor(score, floor)


@pytest.mark.parametrize(
    ("score", "model", "reason"),
    [
        ({"doubt": "Of another part of the set."}, {}, DOUBTFUL),
        ({}, {"training_flop": np.nan}, UNKNOWN),
        ({}, {"counted": "continued training only"}, PARTIAL),
        ({}, {"confidence": "speculative"}, SPECULATIVE),
        ({}, {"confidence": "unknown"}, SPECULATIVE),
        ({}, {"distilled": "yes"}, DISTILLED),
        ({"score": 0.25}, {}, AT_FLOOR),
        ({"score": 0.1}, {}, AT_FLOOR),
    ],
)
def test_each_reason_leaves_a_score_out(score: dict[str, object], model: dict[str, object], reason: str) -> None:
    tables = small_tables([score], **model)
    assert select_language_scores(*tables).empty
    assert select_language_scores(*tables, with_excluded=True)["excluded"].tolist() == [reason]


@pytest.mark.parametrize("model", [{}, {"distilled": "unknown"}, {"confidence": None}, {"confidence": "likely"}])
def test_a_score_without_a_reason_is_used(model: dict[str, object]) -> None:
    assert len(select_language_scores(*small_tables([{}], **model))) == 1


def test_a_score_that_stands_twice_counts_once_but_other_numbers_of_examples_stay() -> None:
    scores = [{}, {"source_row": 9}, {"shots": 0, "prompt": "zero-shot"}, {"reported_in": "Another report"}]
    found = select_language_scores(*small_tables(scores), with_excluded=True)
    assert found["excluded"].fillna("").tolist() == ["", REPEATED, "", ""]


def test_the_scores_used_and_the_reasons_of_the_others_are_these(language: pd.DataFrame) -> None:
    assert language["excluded"].value_counts().to_dict() == REASONS
    assert language.loc[language["excluded"].isna(), "benchmark"].value_counts().to_dict() == USED
    assert sum(USED.values()) + sum(REASONS.values()) == len(language) == 1016


def test_versions_of_a_model_share_its_training(language: pd.DataFrame) -> None:
    assert not language.drop_duplicates(["paper", "training_gflop", "family"])["paper"].duplicated().any()
    assert set(language.loc[language["paper"] == "llama-2-70b", "model"]) == {
        "Llama-2-70b-hf",
        "Llama-2-70b-chat",
        "Llama-2-70b-chat-hf",
    }


def test_phi_and_the_students_of_larger_models_are_marked(language: pd.DataFrame) -> None:
    marked = set(language.loc[language["distilled"] == "yes", "family"])
    assert marked == {"phi-1.5", "phi-2", "phi-3", "phi-4", "gemma-2", "gemma-3", "llama-4"}
    gemma = language[language["family"] == "gemma-2"].drop_duplicates("paper").set_index("paper")["distilled"]
    assert gemma.to_dict() == {"gemma-2-9b": "yes", "gemma-2-27b": "no"}


def test_more_computing_means_less_error_above_the_floor_on_mmlu() -> None:
    scores = read_language_scores("mmlu")
    order = scores[["training_gflop", "error_above_floor"]].corr("spearman").iloc[0, 1]
    assert order < -0.7


def test_operations_of_a_network_are_two_for_each_multiply_add(networks: pd.DataFrame) -> None:
    row = networks.set_index("model").loc["eva02_large_patch14_448.mim_m38m_ft_in22k_in1k"]
    assert row["ops_per_pass_gflop"] == pytest.approx(2 * 362.33)
    assert row["error"] == pytest.approx(0.09944)
    assert row["imagenet_1k_only"] == "no"


def test_networks_that_saw_imagenet_alone_can_be_had_alone(networks: pd.DataFrame) -> None:
    alone = read_image_networks(imagenet_1k_only=True)
    assert networks["imagenet_1k_only"].value_counts().to_dict() == {"yes": 1180, "no": 308, "unknown": 68}
    assert len(alone) == 1180
    assert alone["pretraining"].eq("none").all()


def test_tags_that_name_other_images_are_not_of_imagenet_alone() -> None:
    table = read_table("image_networks")
    other = table["weights"].str.contains("in21k|in22k|in12k|jft|laion|openai|webli|ig1b|yfcc|swag|seer|clip")
    assert set(table.loc[other, "imagenet_1k_only"]) == {"no"}
    assert select_image_networks(table)["error"].between(0.0, 1.0, inclusive="neither").all()


def test_later_frames_share_the_columns_that_laws_are_fitted_to(
    models: pd.DataFrame, language: pd.DataFrame, networks: pd.DataFrame
) -> None:
    shared = {"benchmark", "vintage", "model", "paper", "error"}
    for frame in (select_later_models(models), language, networks):
        assert shared <= set(frame)
        assert set(frame["vintage"]) == {"2026"}
    years = itertools.chain(select_later_models(models)["year"], language["year"])
    assert set(years) <= set(range(2017, 2027))
