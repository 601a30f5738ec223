"""Reading rule files: YAML in, a checked RuleBook out, or all their faults at once."""

from tongtu.rules.reading.schemes import load

__all__ = ["load"]
