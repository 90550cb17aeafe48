"""From a checkpoint to a verdict: cases, predictions, outcomes, metrics, report, comparison."""
