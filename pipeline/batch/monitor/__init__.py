"""Monitor: whether a batch that runs by itself is doing well, for people and programs that watch it."""
