"""Policy briefs: what will live here reads policy documents and news, and writes a sourced brief in both
languages: what changed, which rules and goals it touches, and which organisations are affected. It will
use the text room's tokens and near-duplicates and the rules room's versions, and cite every sentence."""
