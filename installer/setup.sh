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

wanted=$(sed 's/#.*//' installer/debian-packages.txt | tr -s ' \n' ' ')
missing=
if command -v dpkg-query >/dev/null 2>&1; then
    for package in $wanted; do
        # A Python or Java that did not come from Debian serves as well.
        case $package in
        python3-venv) "$python" -c 'import ensurepip' 2>/dev/null && continue ;;
        default-jre-headless) command -v keytool >/dev/null 2>&1 && continue ;;
        esac
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -q '^installed$' || missing="$missing $package"
    done
fi
if [ -n "$missing" ]; then
    sudo=
    [ "$(id -u)" = 0 ] || sudo="sudo -n"
    if [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; then
        echo "Installing system packages:$missing"
        $sudo apt-get update -q >/dev/null
        # shellcheck disable=SC2086
        DEBIAN_FRONTEND=noninteractive $sudo apt-get -o DPkg::Lock::Timeout=600 install -qq -y --no-install-recommends $missing >/dev/null
    else
        echo "Not root and no sudo. Please install:$missing" >&2
        echo "Going on with what is here." >&2
    fi
fi

[ -x .venv/bin/python ] || "$python" -m venv .venv
echo "Installing Python packages into .venv"
install() { .venv/bin/python -m pip install -q --disable-pip-version-check -c installer/constraints.txt -e ".[$1]"; }
install sandbox,dev
install gtk || echo "GTK's Python binding could not be built: no window, and no icon in XEmbed panels; the rest works." >&2
