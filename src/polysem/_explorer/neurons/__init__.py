"""The neurons view: a diagnosis as a table to filter, the layer's map, one neuron's evidence."""
