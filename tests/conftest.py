"""What several test modules share: the real project and its models."""

from pathlib import Path

import pandas as pd
import pytest

from computational_limits.tables import read_table


@pytest.fixture(scope="session")
def root() -> Path:
    """The real project folder."""
    return Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def models(root: Path) -> pd.DataFrame:
    """The real table of models."""
    return read_table("models", root)
