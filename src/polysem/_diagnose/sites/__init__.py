"""Where to listen in a live model: a module path becomes activations, batch by batch."""
