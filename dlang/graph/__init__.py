"""Computation graphs: what a program computes, as a picture."""
