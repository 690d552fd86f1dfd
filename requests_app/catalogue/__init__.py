"""What may be asked, of whom, and how."""
