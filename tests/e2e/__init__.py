"""The product in a real browser, on a real server, with its policy for content in force."""
