"""Augment: random changes that a machine, a sensor or a plant could have made, while a net is trained."""
