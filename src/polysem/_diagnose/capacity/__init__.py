"""How a layer spends its dimensions: capacity, effective ranks, spread, dead and double neurons."""
