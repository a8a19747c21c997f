"""What the reference says of each built-in beside its signature and its line: shapes, edges, "
"derivatives. Only data."""
