"""What a row of each config is, and its columns."""
