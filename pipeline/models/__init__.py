"""Models: backbones, weights, branches, features and the bundle."""
