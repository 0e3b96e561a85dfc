import sys

# httpx would load its own command line, and with it click, rich and pygments where another program has brought them: up to
# 70 ms at every start. It does without where that cannot be imported.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
