"""Few shots: a trained model taught a class or a machine from a handful of recordings, its backbone left alone."""
