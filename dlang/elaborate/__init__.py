"""Elaboration: from the tree to typed IR, with every static fault."""
