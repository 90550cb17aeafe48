"""What is counted over outcomes, with intervals: metrics, slices, the long tail."""
