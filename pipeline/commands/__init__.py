"""Commands: one file each; they parse, call one workflow function, and show what it found."""
