"""Which neurons of a trained network are polysemantic, and is it more than chance?"""
