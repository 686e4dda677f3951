"""Made-up figures for the tests of pages: nothing here was measured anywhere."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def changes() -> pd.DataFrame:
    values = np.r_[[0.42, 0.31, 0.18, 0.39, 0.27], np.linspace(-0.12, 0.2, 10)]
    return pd.DataFrame(
        {
            "unit": [f"Đơn vị {i}" for i in range(1, 16)],
            "arm": ["pilot"] * 5 + ["comparison"] * 10,
            "change": values,
            "conf_low": values - 0.1,
            "conf_high": values + 0.1,
        }
    )
