"""Procedure, workspace and organisation in; wording, e-mail, letter, form sheet and settings file out."""
