"""How strongly each neuron responds to each feature: measures, intervals, p-values, relatedness."""
