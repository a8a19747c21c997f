"""Pictures of numbers: what is to be seen, as records, drawn as text for a terminal or as SVG."""
