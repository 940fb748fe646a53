"""2  from typed rows to cleaned, deduplicated, validated tables. Pure text rules and Ibis expressions; no training."""
