"""Accounts, the set-up of an organisation, its members and its settings."""
