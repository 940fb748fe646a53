"""What is deployed: one folder per bento."""
