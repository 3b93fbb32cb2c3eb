"""Models of Hugging Face transformers and of TransformerLens, small and random, without a network.

Ledger of skips: all are skipped where the library is not installed; `pip install
polysem[transformers]` or `polysem[transformer-lens]` lifts it (either major of TransformerLens).
"""

# pyright: reportOptionalMemberAccess=false, reportMissingImports=false

import importlib.metadata
import os
import tempfile
import warnings

import numpy as np
import pytest
import torch

import polysem
from polysem import BadInput
from polysem._diagnose.sites.modules import find_site
from polysem._diagnose.sites.record import activations

pytestmark = pytest.mark.filterwarnings("default")  # the libraries' own warnings
IDS = torch.tensor([[1, 2, 3, 4], [5, 6, 7, 8], [9, 10, 3, 1]])
MASK = torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [1, 1, 1, 0]])


def library(name):
    os.environ["HF_HUB_OFFLINE"] = os.environ["TRANSFORMERS_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{name} is not installed", exc_type=ImportError)


@pytest.fixture(scope="module")
def transformers():
    return library("transformers")


@pytest.fixture(scope="module")
def lens():
    """transformer_lens, and its major."""
    found = library("transformer_lens")
    return found, int(importlib.metadata.version("transformer-lens").split(".")[0])


def gpt2(transformers):
    torch.manual_seed(0)
    sizes = {"n_layer": 2, "n_head": 2, "n_embd": 16, "n_inner": 40, "n_positions": 8}
    config = transformers.GPT2Config(
        vocab_size=11, bos_token_id=0, eos_token_id=0, **sizes, attn_implementation="eager"
    )
    return transformers.GPT2LMHeadModel(config).eval()


def bert(transformers):
    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=11, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, max_position_embeddings=8,
    )  # fmt: skip
    return transformers.BertModel(config).eval()


def hooked(module, run):
    """What a module gives while `run()` runs."""
    kept = []
    handle = module.register_forward_hook(lambda _m, _i, out: kept.append(out.detach()))
    with torch.no_grad():
        run()
    handle.remove()
    return kept[0]


@pytest.mark.parametrize("site", ["transformer.h.1.mlp.act", "encoder.layer.1.intermediate"])
def test_a_site_of_transformers_is_averaged_over_real_tokens(transformers, site):
    model = gpt2(transformers) if "mlp" in site else bert(transformers)
    batch = {"input_ids": IDS, "attention_mask": MASK}
    path, module = find_site(model, site, batch)
    assert path == site
    ((x, y),) = activations(model, module, [(batch, np.eye(3))])
    seen = hooked(module, lambda: model(**batch))
    wanted = torch.stack([seen[i, : MASK[i].sum()].mean(0) for i in range(3)])
    assert np.allclose(x, wanted.numpy(), atol=1e-6)
    assert x.shape == (3, 40 if "mlp" in site else 24)
    assert y.shape == (3, 3)
    with pytest.raises(BadInput, match=r"candidates with the shapes they give: .*\(3, 4, 16\)"):
        find_site(model, None, batch)


def test_an_ambiguous_site_of_transformers_is_refused_with_the_list(transformers):
    with pytest.raises(BadInput, match=r"site 'mlp.act' may be 'transformer.h.0.mlp.act', 'tr"):
        find_site(gpt2(transformers), "mlp.act", {"input_ids": IDS})


def test_a_model_of_transformers_is_diagnosed_token_by_token(transformers, rng):
    """One label row per token: which token it is, and which place it has."""
    model = gpt2(transformers)
    ids = torch.from_numpy(rng.integers(0, 11, size=(40, 8)))
    first = np.zeros((40, 8))
    first[:, 0] = 1
    labels = np.stack([(ids == 3).numpy(), first], axis=-1)
    data = [
        ({"input_ids": part}, y) for part, y in zip(ids.split(10), np.split(labels, 4), strict=True)
    ]
    found = polysem.diagnose(
        model, site="transformer.h.0.mlp.act", data=data, names=["token 3", "first place"], draws=20
    )
    assert len(found.findings) == 40
    assert found.profile.names == ("token 3", "first place")
    assert "320 " not in found.source
    assert found.counts()["silent"] < 40  # a token's embedding shows in the first layer


def eleven_words(transformers):
    """A tokenizer that needs no download, in a folder, since the bridge loads it anew."""
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel

    words = Tokenizer(WordLevel({f"w{i}": i for i in range(11)}, unk_token="w0"))
    special = dict.fromkeys(("unk_token", "bos_token", "eos_token", "pad_token"), "w0")
    folder = tempfile.mkdtemp()
    transformers.PreTrainedTokenizerFast(tokenizer_object=words, **special).save_pretrained(folder)
    return transformers.AutoTokenizer.from_pretrained(folder)


def lens_model(lens, transformers):
    """A small random model of either major, and a function that gives all activations."""
    module, major = lens
    torch.manual_seed(0)
    if major >= 4:
        from transformer_lens.model_bridge import TransformerBridge

        model = TransformerBridge.boot_transformers(
            "gpt2", hf_model=gpt2(transformers), tokenizer=eleven_words(transformers)
        )
    else:
        config = module.HookedTransformerConfig(
            n_layers=2, d_model=16, d_head=8, d_mlp=40, n_ctx=8, d_vocab=11, act_fn="gelu_new"
        )
        model = module.HookedTransformer(config)
    return model.eval()


def test_hook_names_of_transformer_lens(lens, transformers):
    model = lens_model(lens, transformers)
    site = "blocks.1.mlp.hook_post"
    path, module = find_site(model, site, IDS)
    assert path == site
    data = [(IDS, np.repeat(np.eye(3)[:, None], 4, axis=1))]
    ((x, _),) = activations(model, module, data)
    with torch.no_grad():
        _, cache = model.run_with_cache(IDS)
    assert np.array_equal(x, cache[site].reshape(12, 40).numpy())
    with pytest.raises(BadInput, match=r"candidates .*blocks.0.mlp.hook_post \(3, 4, 40\)"):
        find_site(model, None, IDS)
    with pytest.raises(BadInput, match=r"did you mean 'blocks.1.mlp.hook_post'"):
        find_site(model, "blocks.1.mlp.hook_pos", IDS)


def test_a_hook_of_an_mlp_without_its_width_is_refused(lens, transformers):
    model = lens_model(lens, transformers)
    name = "blocks.0.hook_mlp_out" if lens[1] < 4 else "blocks.0.mlp.hook_out"
    with pytest.raises(BadInput, match="has 16 neurons and the MLP of this model has 40"):
        find_site(model, name, IDS)


def test_a_model_of_transformer_lens_is_diagnosed(lens, transformers, rng):
    model = lens_model(lens, transformers)
    ids = torch.from_numpy(rng.integers(0, 11, size=(60, 8)))
    labels = np.stack([(ids == t).numpy() for t in range(3)], axis=-1)
    found = polysem.diagnose(
        model, site="blocks.0.mlp.hook_post", data=[(ids, labels)], names=list("abc"), draws=20
    )
    assert len(found.findings) == 40
    assert found.counts()["silent"] < 40
    assert not any(module._forward_hooks for module in (model.hook_dict or {}).values())
