"""From verdicts to files: dedupe, split, mix, ShareGPT rows, registry, manifest, rejects."""
