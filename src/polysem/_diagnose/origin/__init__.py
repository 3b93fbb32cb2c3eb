"""Could a neuron's polysemanticity be removed at no cost? Matched short retraining, with a sham."""
