"""The live view: choose a network, press run, watch two features race for a neuron."""
