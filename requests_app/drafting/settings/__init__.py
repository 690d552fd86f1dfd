"""Typed settings of the catalogue in; files for administrators and their tools out. One module per family of kinds."""
