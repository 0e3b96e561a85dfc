#!/bin/sh
# Installs what is missing: system packages through apt when root or sudo, Python packages into .venv. Second runs do nothing.
set -eu
cd "$(dirname "$0")/.."

python=
for candidate in python3.14 python3.13 python3.12 python3.11 python3; do
    if command -v "$candidate" >/dev/null 2>&1 &&
        "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        python=$candidate
        break
    fi
done
[ -n "$python" ] || { echo "CertTray needs Python 3.11 or newer (python3)." >&2; exit 1; }

sh installer/packages.sh installer/debian-packages.txt "$python"

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing Python packages into .venv"
install() { .venv/bin/python -m pip install -q --disable-pip-version-check -c installer/constraints.txt -e ".[$1]"; }
install sandbox,dev
install gtk || echo "GTK's Python binding could not be built: no window, and no icon in XEmbed panels; the rest works." >&2
