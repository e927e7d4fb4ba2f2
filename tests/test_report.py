"""The finished report in ``_build``: results, manifest, HTML and PDF agree with what was promised."""

import csv
import hashlib
import importlib.metadata
import json
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pandas as pd
import pytest
from scipy.stats import linregress

from computational_limits.pipeline import SIMULATIONS
from computational_limits.tables import table_paths
from computational_limits.theory.design import SEED

PUBLISHED = {  # n, exponent, R2, p of the polynomial form, from an independent calculation
    "imagenet": (13, 13.64, 0.452, 0.012),
    "ms-coco": (33, 44.29, 0.290, 0.0012),
    "squad-1.1": (16, 7.78, 0.682, 8e-5),
    "conll-2003": (13, 59.48, 0.418, 0.017),
    "wmt2014-en-fr": (13, 42.21, 0.516, 0.0056),
    "wmt2014-en-de": (13, 434, 0.003, 0.86),
}
DIRECTION = "performance on computing"
SIMULATED = (
    "covariates relevant coefficient_law snr estimator penalty n repetitions risk_mean risk_se performance_mean"
    " performance_se flop_mean closed_form state_evolution"
)
COLUMNS = {
    "regressions": "benchmark vintage measure form direction estimator errors n intercept slope slope_se exponent"
    " exponent_low exponent_high r2 p_value absent",
    "projections": "benchmark vintage measure form label error log10_gflop log10_gflop_low log10_gflop_high log10_usd"
    " log10_lb_co2",
    "claims": "claim_id source quantity published found verdict grade reason",
    "audit": "benchmark vintage model_id model published_gflop recomputed_gflop log10_ratio cause corrected_gflop"
    " corrected_low_gflop corrected_high_gflop evidence",
    "regressions_2022": "benchmark measure n intercept slope slope_se r2 p_value",
    "families": set(),
    "consolidated": {"coverage_as_recorded", "coverage_through_burden"},
