#!/bin/sh
# Installs the system packages that a list names and that are missing, through apt when root or sudo; else it names them.
# usage: packages.sh LIST PYTHON
set -eu
list=$1 python=$2

wanted=$(sed 's/#.*//' "$list" | tr -s ' \n' ' ')
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
[ -n "$missing" ] || exit 0

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
