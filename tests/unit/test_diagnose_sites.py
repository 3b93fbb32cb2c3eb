"""Sites of live models: found, refused with a list, recorded as a plain loop would."""

import numpy as np
import pytest
import torch
from torch import nn

from polysem import BadInput
from polysem._diagnose.sites.modules import candidates, find_site
from polysem._diagnose.sites.record import activations, first_batch


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.up, self.act, self.down = nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 4)

    def forward(self, x):
        return x + self.down(self.act(self.up(x)))


class Tokens(nn.Module):
    """Takes keywords, as models of Hugging Face do, and gives (samples, tokens, width)."""

    def __init__(self):
        super().__init__()
        self.embed, self.block = nn.Embedding(9, 4), Block()
        self.drop = nn.Dropout(0.5)

    def forward(self, input_ids, attention_mask=None):
        return (self.drop(self.block(self.embed(input_ids))),)


def model():
    torch.manual_seed(0)
    return nn.Sequential(Block(), Block())


def test_every_candidate_is_listed_with_its_shape():
    shapes = candidates(model(), torch.zeros(3, 4))
    assert shapes["0.act"] == (3, 6)
    assert shapes["1.down"] == (3, 4)
    assert set(shapes) == {f"{b}{p}" for b in "01" for p in ("", ".up", ".act", ".down")}


@pytest.mark.parametrize(
    ("site", "said"),
    [
        (None, "No site was given; candidates"),
        ("act", r"site 'act' may be '0.act', '1.act'; candidates"),
        ("0.akt", r"no site '0.akt' \(did you mean '0.act'\?\); candidates"),
    ],
)
def test_missing_ambiguous_and_unknown_sites_are_refused_with_the_list(site, said):
    with pytest.raises(BadInput, match=said) as error:
        find_site(model(), site, torch.zeros(3, 4))
    assert "0.act (3, 6)" in str(error.value)


def test_an_end_of_a_path_is_enough_where_only_one_module_has_it():
    net = nn.Sequential(Block(), nn.Tanh())
    assert find_site(net, "act", torch.zeros(2, 4))[0] == "0.act"


def test_activations_are_those_of_a_plain_forward_pass_and_the_model_is_left_alone():
    net = Tokens().train()
    net.block.eval()
    ids = torch.tensor([[1, 2, 3], [4, 5, 0]])
    mask = torch.tensor([[1, 1, 1], [1, 1, 0]])
    batch = ({"input_ids": ids, "attention_mask": mask}, np.eye(2))
    ((x, y),) = activations(net, net.block.act, [batch])
    with torch.no_grad():
        h = torch.relu(net.block.up(net.embed(ids)))
    wanted = torch.stack([h[0].mean(0), h[1, :2].mean(0)])
    assert np.allclose(x, wanted.numpy(), atol=1e-6)
    assert np.array_equal(y, np.eye(2))
    assert net.training
    assert not net.block.training
    assert not net.block.act._forward_hooks
    ((tokens, _),) = activations(net, net.block.act, [({"input_ids": ids}, np.ones((2, 3, 5)))])
    assert np.allclose(tokens, h.reshape(6, 6).numpy(), atol=1e-6)


def test_transformer_lens_hook_names_and_the_width_of_the_mlp():
    """Duck-typed: `hook_dict` and `cfg.d_mlp` are all that is asked of the model."""

    class Hooked(nn.Module):
        def __init__(self, d_mlp):
            super().__init__()
            self.block, self.cfg = Block(), type("Cfg", (), {"d_mlp": d_mlp})()
            self.hook_dict = {"blocks.0.mlp.hook_post": self.block.act}

        def forward(self, x):
            return self.block(x)

    name, module = find_site(good := Hooked(6), "blocks.0.mlp.hook_post", torch.zeros(2, 4))
    assert name == "blocks.0.mlp.hook_post"
    assert module is good.block.act
    with pytest.raises(BadInput, match="has 6 neurons and the MLP of this model has 24"):
        find_site(Hooked(24), "blocks.0.mlp.hook_post", torch.zeros(2, 4))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "data is empty"),
        (iter([(1, 2)]), "read only once"),
        ([torch.zeros(2, 4)], r"must be a pair \(inputs, labels\)"),
        (3, "data is int"),
    ],
)
def test_bad_data(data, said):
    with pytest.raises(BadInput, match=said):
        first_batch(data)


def test_labels_that_do_not_fit():
    net = Block()
    with pytest.raises(BadInput, match="Batch 0 of data has no labels"):
        list(activations(net, net.act, [(torch.zeros(2, 4), None)]))
    tokens = torch.zeros(2, 3, 4)
    with pytest.raises(BadInput, match="one row of labels per sample"):
        list(activations(net, net.act, [(tokens, np.zeros((5, 1)))]))


def test_one_batch_at_a_time():
    """Batches are asked for one by one: constant memory."""
    asked = []

    class Data:
        def __iter__(self):
            for i in range(4):
                asked.append(i)
                yield torch.zeros(2, 4), np.zeros((2, 1))

    net = Block()
    stream = activations(net, net.act, Data())
    next(stream)
    assert asked == [0]
    next(stream)
    assert asked == [0, 1]
