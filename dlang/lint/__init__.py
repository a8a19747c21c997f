"""Lints: what is no error, and is probably not meant. Each is a warning with a code of its own."""
