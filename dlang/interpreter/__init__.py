"""The interpreter: Python generated from IR, run fast or observed; faults and births of NaN told with their place."""
