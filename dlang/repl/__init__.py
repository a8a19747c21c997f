"""The interactive session: reading lines, commands, values for people to read, completion, and the terminal itself.

Imports nothing by itself: a session without a terminal starts without prompt_toolkit.
"""
