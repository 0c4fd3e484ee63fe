"""Stages from image to image: scale, size, colour."""
