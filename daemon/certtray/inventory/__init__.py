"""What exists where, what was told, and history: all of it can be rebuilt, and none of it is a secret."""
