"""What a step does between its products: the compiled call against torch's own."""

import math

import pytest
import torch

from polysem._train.between import _Torch, make_between


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 7, 13), (3, 5, 4), (2, 16, 64)])
def test_the_compiled_call_gives_the_same_bits(shape, dtype):
    W = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=dtype)
    W[0, 0, 0] = 0
    C = W @ W.mT
    ours, theirs = (C.clone(), torch.full_like(W, 9)), (C.clone(), torch.full_like(W, 9))
    make_between(W, *ours)()
    _Torch(W, *theirs)()
    assert not isinstance(make_between(W, *ours), _Torch)
    for one, other in zip(ours, theirs, strict=True):
        assert torch.equal(one, other)


def test_a_diverged_seed_stays_not_a_number_and_spoils_no_other():
    W = torch.ones(2, 2, 3)
    C = torch.full((2, 2, 2), -1.0)
    C[0] = math.nan
    grad = torch.empty_like(W)
    make_between(W, C, grad)()
    assert C[0].isnan().all()
    assert torch.equal(C[1], -torch.eye(2))


def test_weights_with_gaps_go_by_torch():
    W = torch.ones(2, 3, 8)[:, :, ::2]
    assert isinstance(make_between(W, W @ W.mT, torch.empty(2, 3, 4)), _Torch)
