#!/bin/sh
# What the two libraries show to a program that links them: exactly the functions of the public header. SQLCipher is inside
# and not to be seen, nor asked for from outside: a host program may load plain SQLite beside it.
set -u
cd "$(dirname "$0")/.."
build=${HR_BUILD:-build}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() {
    if [ ! -s "$2" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        sed 's/^/    /' "$2"
        failed=1
    fi
}

# Read as a compiler reads it, independently of how the build lists the exports.
printf '#include "healthrec.h"\n' | gcc -E -P -Iinclude -xc - | tr '\n' ' ' | tr ';' '\n' |
    sed -n 's/.*visibility("default"))) *[^(]*[ *]\(hr_[a-z0-9_]*\) *(.*/\1/p' | sort >"$work/header"
nm -D --defined-only "$build/libhealthrec.so.0" | awk '{ print $NF }' | sed 's/@.*//' | sort >"$work/shared"
nm -g --defined-only "$build/libhealthrec.a" | awk 'NF == 3 { print $NF }' | sort >"$work/static"
nm -D --undefined-only "$build/libhealthrec.so.0" | awk '{ print $NF }' | grep -E '^(sqlite3|sqlcipher)' >"$work/asked"
nm -u "$build/libhealthrec.a" | awk '{ print $NF }' | grep -E '^(sqlite3|sqlcipher)' >>"$work/asked"

test -s "$work/header" || echo 'no function found in include/healthrec.h' >"$work/empty"
touch "$work/empty"
check 'the public header declares functions' "$work/empty"
for library in shared static; do
    comm -13 "$work/header" "$work/$library" >"$work/more"
    comm -23 "$work/header" "$work/$library" >"$work/less"
    check "the $library library shows nothing that is not in the header" "$work/more"
    check "the $library library has every function of the header" "$work/less"
done
check 'no library asks the host for SQLite' "$work/asked"
exit $failed
