"""What becomes of malign collisions."""

from tests.unit.claims.decided import verdict
from tests.unit.claims.made_up import collision_table


def test_malign_fate():
    neither = collision_table({}, {"neither_stays": 200, "larger_stays": 60, "smaller_stays": 60})
    assert verdict(3, {"collisions": neither}) == "refuted"
    assert verdict(3, {"collisions": neither[::80]}) == "inconclusive"
    one = collision_table({}, {"larger_stays": 400}).assign(smaller_end="dead")
    assert verdict(3, {"collisions": one}) == "supported"
    assert verdict(3, {"collisions": one.assign(smaller_end="moved")}) == "qualified"
