"""The command line: `app` has the verbs, a file each runs one; nothing is computed here."""
