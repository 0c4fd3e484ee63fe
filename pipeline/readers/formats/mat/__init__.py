"""MATLAB files: formats 4 and 5 by their own listing and scipy, 7.3 through h5py."""
