"""Who causes polysemantic neurons: as the summary has it, and its opposite."""

import pandas as pd
from tests.unit.claims.decided import verdict
from tests.unit.claims.made_up import collision_table


def test_sign_story():
    networks = pd.DataFrame({"same_sign": [30] * 40, "polysemantic": [32] * 40})
    told = collision_table({"neither_stays": 300}, {"both_stay": 250, "neither_stays": 50})
    assert verdict(2, {"networks": networks, "collisions": told}) == "supported"
    ours = collision_table({"both_stay": 90, "neither_stays": 210}, {"larger_stays": 300})
    assert verdict(2, {"networks": networks.assign(same_sign=0), "collisions": ours}) == "refuted"
    few = networks[:1].assign(same_sign=1, polysemantic=2)
    assert verdict(2, {"networks": few, "collisions": ours[::60]}) == "inconclusive"
