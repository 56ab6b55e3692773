"""What was shown at an earlier time, and what was cited of it."""
