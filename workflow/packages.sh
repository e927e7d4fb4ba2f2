#!/bin/sh
# Install the Debian packages of a list unless the commands they bring are there.
# Usage: workflow/packages.sh LIST COMMAND...
# Without the right to install, say exactly what to type.
set -eu
list=$1
shift
packages=$(grep -v '^#' "$list" | tr '\n' ' ')

absent=""
for command in "$@"; do
    command -v "$command" >/dev/null 2>&1 || absent="$absent $command"
done
if [ -z "$absent" ] && command -v dpkg-query >/dev/null 2>&1; then
    for package in $packages; do
        dpkg-query --show --showformat='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            absent="$absent $package"
    done
fi
[ -z "$absent" ] && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "installing$absent ($list)"
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    { apt-get update && apt-get install -y --no-install-recommends $packages; } >"$log" 2>&1 || {
        tail -n 20 "$log" >&2
        echo "could not install the packages of $list" >&2
        exit 1
    }
    rm -f "$log"
    exit 0
fi
echo "missing:$absent. As root: apt-get install --no-install-recommends $packages" >&2
if [ "$list" = apt.txt ] && command -v chromium >/dev/null 2>&1; then
    echo "going on without TeX: Chromium prints the PDF" >&2
    exit 0
fi
exit 1
