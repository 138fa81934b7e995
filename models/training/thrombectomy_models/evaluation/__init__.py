"""What a network is worth: metrics with patient-bootstrap intervals, comparisons, curves."""
