"""Accounts, organisations, roles, invitations and tokens: who asks."""
