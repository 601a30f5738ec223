"""The registry's nouns as database models, generated from its column definitions; snapshots for the engines."""
