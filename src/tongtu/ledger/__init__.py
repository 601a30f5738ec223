"""A tamper-evident log: append entries, publish the root, prove that nothing was changed or removed."""

from tongtu.ledger.merkle import Tree, leaf_hash, verify_consistency, verify_inclusion

__all__ = ["Tree", "leaf_hash", "verify_consistency", "verify_inclusion"]
