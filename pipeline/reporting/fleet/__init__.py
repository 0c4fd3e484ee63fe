"""Fleet: a folder of pages that says in the morning which machine needs a person, and why."""
