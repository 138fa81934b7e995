"""Making weights: prepared slices, simulated lesions, batches, and one resumable training loop."""
