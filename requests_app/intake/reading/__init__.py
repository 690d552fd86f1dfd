"""What is read in a mail, in a child process: nothing here knows the database."""
