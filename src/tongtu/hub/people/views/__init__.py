"""Pages of people: members and invitations, organisations, tokens, the demo's doors."""
