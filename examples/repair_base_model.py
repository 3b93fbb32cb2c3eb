"""Take incidental polysemanticity out of trained networks, and see that it cost nothing.

With as many neurons as features every collision can be removed; with half as many none can, and
the repair says so and moves nothing.
"""

import polysem


def main():
    for m in (24, 12):
        run = polysem.simulate(n=24, m=m, l1=0.005, seeds=4)
        done = polysem.repair(run)
        print(f"{run.spec.network.n} features, {m} neurons")
        print(done)
        print(done.effects.to_pandas().to_string(index=False))
        if len(done.moved):
            print(done.moved.to_pandas().head(3).to_string(index=False))


main()
