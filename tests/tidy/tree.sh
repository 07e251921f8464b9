# shellcheck shell=bash
# What the checks of this folder share. Each goes to the root of the tree that it checks (this one,
# or LEASEHOLD_TREE), calls `violation` for what it finds, and ends with `verdict`.
set -euo pipefail
export LC_ALL=C.UTF-8 # columns are counted in characters, and names sort alike everywhere
CDPATH='' cd -- "${LEASEHOLD_TREE:-$(dirname -- "${BASH_SOURCE[0]}")/../..}"

violations=0
# violation FILE LINE TEXT
violation() {
    printf '%s:%s: %s\n' "$1" "$2" "$3"
    violations=$((violations + 1))
}
verdict() { ((violations == 0)); }

# files FOLDER... -- PATTERN...: the files there with such names, but nothing built or hidden.
files() {
    local folders=() names=()
    while [[ $1 != -- ]]; do
        [[ ! -d $1 ]] || folders+=("$1")
        shift
    done
    shift
    for pattern; do names+=(-o -name "$pattern"); done
    ((${#folders[@]})) || return 0
    find "${folders[@]}" -name '.?*' ! -name .ci -prune -o -path ./build -prune -o \
        -type f \( "${names[@]:1}" \) -print | sed 's|^\./||' | sort
}

# The scripts have no suffix; they are known by their first line.
scripts() {
    local file
    while IFS= read -r file; do
        [[ $(head -c 2 -- "$file") != '#!' ]] || printf '%s\n' "$file"
    done < <(files scripts .ci tests -- '*')
}

# matches REGEX < list of files: FILE:LINE:TEXT of what matches.
matches() { tr '\n' '\0' | xargs -0 -r grep -nHP -e "$1" -- /dev/null || true; }
