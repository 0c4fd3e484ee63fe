"""Stages that draw: samples to images."""
