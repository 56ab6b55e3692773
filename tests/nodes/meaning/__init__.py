"""Found by what was meant."""
