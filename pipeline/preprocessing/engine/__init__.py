"""Engine: what several images are computed with."""
