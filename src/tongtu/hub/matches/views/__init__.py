"""Pages of matches: own listings with their answers and pairs; rounds."""
