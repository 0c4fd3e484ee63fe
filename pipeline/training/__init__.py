"""Training: window sets, heads in closed form, fine-tuning, plans and run folders."""

# Lightning reaches torchvision through torchmetrics; the adapter must have mended that import before.
import pipeline.models.torchvision_adapter  # noqa: F401
