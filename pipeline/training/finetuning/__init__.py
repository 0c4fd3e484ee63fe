"""Fine-tuning: backbones that learn, by gradient descent."""
