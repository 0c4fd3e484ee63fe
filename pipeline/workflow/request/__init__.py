"""Request: what a user names and states, files, facts, a model; checked before anything is read."""
