"""The music bento."""
