"""The window: a process of its own that shows certificates and carries the procedures through."""
