"""The primitives: what each computes, on which types, and its derivative, in one entry each.

`core` says what an entry is and imports no NumPy; `table` has all of them; `rules` applies their derivatives.
"""
