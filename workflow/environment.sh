#!/bin/sh
# Make or mend an environment from a hash-pinned lock, with uv if there, else with pip.
# Usage: workflow/environment.sh FOLDER LOCK
set -eu
folder=$1 lock=$2 python=${PYTHON:-python3}

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "Python 3.11 or newer is needed; name one with PYTHON=... (found: $("$python" --version 2>&1))" >&2
    exit 1
}
echo "setting up $folder from $lock"
if command -v uv >/dev/null 2>&1; then
    uv venv --quiet --allow-existing --python "$python" "$folder"
    uv pip sync --quiet --python "$folder/bin/python" --require-hashes "$lock"
    install="uv pip install --quiet --python $folder/bin/python"
else
    "$python" -c 'import ensurepip' 2>/dev/null || {
        echo "this Python has no venv; on Debian, as root: apt-get install python3-venv" >&2
        exit 1
    }
    "$python" -m venv "$folder"
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    install="$folder/bin/python -m pip install --quiet --disable-pip-version-check"
fi
if [ "$lock" = requirements.lock ]; then
    $install --no-deps --no-build-isolation -e .
fi
