"""The icon beside the clock and its menu; it shows and posts commands, and contains no rules."""
