"""IR to IR: derivatives, dead code, the split into setup and objective."""
