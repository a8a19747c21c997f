"""The intermediate representation: nodes, builder, printer, verifier, walks."""
