#!/bin/sh
# The files inside a bundle as another program sees them: Python's zipfile and csv read what we write, we read what they
# write, and archives made by hand (tests/archive.py) are each refused for what is wrong with them, in both languages.
set -u
cd "$(dirname "$0")/.."
tests=$PWD/tests
build=$(cd "${HR_BUILD:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
LC_ALL=C.UTF-8
PYTHONDONTWRITEBYTECODE=1
export LC_ALL PYTHONDONTWRITEBYTECODE
unset LANGUAGE
failed=0
cd "$work" || exit 1

python() { python3 "$tests/archive.py" "$@"; }
ours() { "$build/tests/test_archive" "$@"; }

# check WHAT COMMAND…: one check; the command tells whether it holds
check() {
    what=$1
    shift
    if "$@" >check.out 2>&1; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        sed 's/^/    /' check.out said 2>/dev/null
        failed=1
    fi
}
unpacks() { # NAME: to files that zipfile finds in it, too
    rm -rf out && mkdir out && ours unpack "made/$1.zip" out && python same "made/$1.zip" out
}
refused() { # NAME WHY: in English and Chinese, in one line
    mkdir -p bad
    if ours unpack "made/$1.zip" bad 2>said; then return 1; fi
    grep -q "^HR_\(INVALID\|DAMAGED\): the archive in the bundle .*$2" said || return 1
    LANGUAGE=zh LC_ALL=zh_CN.UTF-8 ours unpack "made/$1.zip" bad 2>said
    grep -q '^HR_[A-Z]*: 上报包内的压缩包[^A-Za-z]*[^;a-z]*；请联系报送单位重新生成$' said && test "$(wc -l <said)" -eq 1
}

# ---- archives ----
mkdir made files
python make made
printf 'a,b\r\n1,2\r\n' >files/a.csv
: >files/empty.txt
head -c 300000 /dev/urandom >files/b_2.json
yes 'the same line again' | head -c 3000000 >files/c.csv
check 'we pack' ours pack ours.zip files/*
check 'zipfile finds what was packed' python same ours.zip files
check 'with no times, no owner, deflated' python ours ours.zip
python list >list
while read -r name why; do
    case $name in
    good*) check "we unpack what was made elsewhere: $name" unpacks "$name" ;;
    *) check "refused: $name" refused "$name" "$why" ;;
    esac
done <list
check 'nothing was written elsewhere' sh -c 'test ! -e a.csv && test ! -e bad/b && test ! -e bad/more'

# ---- sheets ----
python rows rows.json
check 'we write a sheet' ours write ours.csv rows.json
check 'csv reads it, and no cell is a formula' python wrote ours.csv rows.json
check 'we read it' ours read ours.csv rows.json
check 'csv writes one' python sheet theirs.csv rows.json
check 'we read that' ours read theirs.csv rows.json
exit $failed
