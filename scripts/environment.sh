# Sourced by the other scripts: makes .venv in the checkout, installs the package there, and
# leaves its path in $venv. Does nothing when all of it is there.
#
# use_environment EXTRAS    the extras of setup.cfg, as in "cpu,dev"
# PYTHON=python3.12 chooses another interpreter.
# CLASSSR_VENV=DIR takes an environment of one's own, as one for GPUs, and installs nothing.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
venv=${CLASSSR_VENV:-$PWD/.venv}

use_environment() {
    local extras=$1 python=${PYTHON:-python3} wanted
    if [ -n "${CLASSSR_VENV:-}" ]; then
        return
    fi
    if ! "$python" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info < (3, 13))'; then
        echo "error: $python is $("$python" --version 2>&1), expected Python 3.10 to 3.12;" \
            "name another one with PYTHON=python3.12 bash $0" >&2
        exit 1
    fi
    wanted="$("$python" --version) $(cat setup.cfg pyproject.toml | sha256sum)"
    if [ "$(head -n 1 "$venv/installed" 2>/dev/null)" = "$wanted" ] &&
        includes "$(tail -n 1 "$venv/installed")" "$extras"; then
        return
    fi
    echo "installing into $venv (some minutes and 1.5 GB, once)"
    if ! "$python" -m venv "$venv"; then
        echo "error: $python cannot make a virtual environment;" \
            "on Debian: apt-get install python3-venv" >&2
        exit 1
    fi
    "$venv/bin/pip" install --quiet --disable-pip-version-check --editable ".[$extras]" || exit 1
    printf '%s\n' "$wanted" "$extras" >"$venv/installed"
}

# includes HAVE WANT    whether each of the extras WANT is one of HAVE
includes() {
    local extra
    for extra in ${2//,/ }; do
        [[ ",$1," == *",$extra,"* ]] || return 1
    done
}
