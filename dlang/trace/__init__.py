"""What happened and why, in the source's own terms: values and sensitivities line by line."""
