"""Tables written as text: their bytes, lines, head and columns; `readers/formats/delimited.py` puts them together."""
