"""``python -m certtray``."""

import sys

from certtray.program.main import main

if __name__ == "__main__":
    sys.exit(main())
