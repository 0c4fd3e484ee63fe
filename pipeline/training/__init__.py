"""Training: regimes, heads in closed form, fine-tuning."""
