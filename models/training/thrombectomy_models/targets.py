"""The three questions, in the order of every network's outputs (src/assessment/domain/target.ts)."""

TARGETS: tuple[str, str, str] = ("ich-present", "ich-after-evt", "poor-collaterals")

EVIDENCE_LEVELS = ("untrained", "in-silico", "research", "externally-validated", "site-validated")
