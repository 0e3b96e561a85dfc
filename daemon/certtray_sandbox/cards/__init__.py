"""Cards and tokens to try everything on: a PC/SC service of its own, a virtual card, software tokens, modules that fail."""
