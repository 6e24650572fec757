#!/bin/sh
# Public files and linkage keys beside stock programs: what the tool writes is opened with Debian's age and minisign and read by
# tests/peer.py, made from docs/format.md alone; and the tool takes what those have made.
set -u
cd "$(dirname "$0")/.."
tests=$PWD/tests
build=$(cd "${HR_BUILD:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
PATH=$build:$PATH
HEALTHREC_PASSPHRASE_FILE=$work/passphrase
LC_ALL=C.UTF-8
PYTHONDONTWRITEBYTECODE=1
PYTHONUTF8=1
export PATH HEALTHREC_PASSPHRASE_FILE LC_ALL PYTHONDONTWRITEBYTECODE PYTHONUTF8
unset LANGUAGE
failed=0
cd "$work" || exit 1
umask 077

for python in python3 /usr/bin/python3; do
    "$python" -c 'import nacl.bindings' 2>/dev/null && break
done
peer() { "$python" "$tests/peer.py" "$@"; }

check() { # WHAT COMMAND…
    what=$1
    shift
    if "$@" >check.out 2>&1; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        sed 's/^/    /' check.out
        failed=1
    fi
}
exits() { # CODE COMMAND…
    code=$1
    shift
    "$@" </dev/null
    test $? -eq "$code"
}
comment() { sed -n 's/^trusted comment: //p' "$1"; }
store_of() { sed -n 's/^store: //p' "$1"; }
key_of() { sed -n 's/^minisign: //p' "$1"; }

echo 'five quiet stations along the river' >passphrase
healthrec init bureau.hrs --area 110105 --name 朝阳区卫生局 --bureau --recovery-file bureau.key >bureau.pub 2>bureau.said
healthrec init station.hrs --area 110105001 --name 朝阳站 --recovery-file station.key 2>said
healthrec public station.hrs -o station.pub 2>station.said

same_fingerprint() { grep -q "fingerprint $(peer check "$1.pub");" "$1.said"; }
check 'init --bureau prints the public file and says its fingerprint' same_fingerprint bureau
check 'public writes the public file and says its fingerprint' same_fingerprint station
altered() { sed 's/朝阳/朝阴/' bureau.pub >altered.pub && ! peer check altered.pub; }
check 'the second reader sees that a public file was altered' altered

# A station of stock programs: what a bureau issues to it.
age-keygen -o stock.age 2>/dev/null
printf '\n\n' | minisign -G -W -f -p stock.minisign.pub -s stock.minisign >/dev/null 2>&1
peer make station 民间站 110105002 "$(age-keygen -y stock.age)" stock.minisign >stock.pub
check 'without a terminal a peer is not taken but by its fingerprint' exits 2 setsid healthrec peer bureau.hrs add stock.pub
check 'a public file that another program made is taken' \
    healthrec peer bureau.hrs add stock.pub --fingerprint "$(peer check stock.pub)"
check 'a linkage key is issued' healthrec linkage bureau.hrs issue --year 2026 --to stock.pub -o key.age
check 'nobody is issued one who is no peer' exits 4 healthrec linkage bureau.hrs issue --year 2026 --to station.pub -o other.age
check 'minisign verifies it' minisign -V -P "$(key_of bureau.pub)" -m key.age
check 'age opens it' age -d -i stock.age -o key.txt key.age
expected() {
    printf 'healthrec linkage key 1\nyear: 2026\nkey: %s\n' "$(sed -n 's/^key: //p' key.txt)" | cmp - key.txt &&
        test "$(sed -n 's/^key: //p' key.txt | tr -d '\n' | wc -c)" -eq 64 &&
        test "$(comment key.age.minisig)" = "healthrec linkage 1 from=$(store_of bureau.pub) to=$(store_of stock.pub) year=2026 key=$(peer key "$(sed -n 's/^key: //p' key.txt)")"
}
check 'it says what the format says' expected
bits() { cp key.age flipped.age && cp key.age.minisig flipped.age.minisig && printf x >>flipped.age && ! minisign -V -P "$(key_of bureau.pub)" -m flipped.age; }
check 'minisign sees that it was altered' bits

# A bureau of stock programs: what it issues to a station.
age-keygen -o office.age 2>/dev/null
printf '\n\n' | minisign -G -W -f -p office.minisign.pub -s office.minisign >/dev/null 2>&1
peer make bureau 民间局 110105 "$(age-keygen -y office.age)" office.minisign >office.pub
issued=$(printf '%064d' 7)
issue() { # FILE KEY COMMENT-KEY
    printf 'healthrec linkage key 1\nyear: 2026\nkey: %s\n' "$2" | age -r "$(sed -n 's/^age: //p' station.pub)" -o "$1" &&
        minisign -S -s office.minisign -m "$1" -t "healthrec linkage 1 from=$(store_of office.pub) to=$(store_of station.pub) year=2026 key=$3"
}
check 'its linkage key is made' issue made.age "$issued" "$(peer key "$issued")"
check 'a linkage key of nobody known is refused' exits 2 healthrec linkage station.hrs receive made.age
healthrec peer station.hrs add office.pub --fingerprint "$(peer check office.pub)" 2>said
check 'one whose comment is of another key is made' issue wrong.age "$issued" "$(peer key "$(printf '%064d' 8)")"
check 'and refused' exits 2 healthrec linkage station.hrs receive wrong.age
check 'the right one is taken' healthrec linkage station.hrs receive made.age
listed() { healthrec linkage station.hrs list --format json | grep -q "\"key\":\"$(peer key "$issued")\",\"from\":\"$(store_of office.pub)\",\"from_name\":\"民间局\""; }
check 'and listed' listed
# A station that is a peer, too, signs with stock programs what only a bureau may.
forge() {
    printf 'healthrec linkage key 1\nyear: 2027\nkey: %s\n' "$issued" | age -r "$(sed -n 's/^age: //p' bureau.pub)" -o up.age &&
        minisign -S -s stock.minisign -m up.age -t "healthrec linkage 1 from=$(store_of stock.pub) to=$(store_of bureau.pub) year=2027 key=$(peer key "$issued")"
}
check 'a station makes a linkage key for its bureau' forge
check 'which is refused' exits 2 healthrec linkage bureau.hrs receive up.age
check 'both stores are whole' sh -c 'healthrec verify bureau.hrs && healthrec verify station.hrs'
check 'a bureau takes no residents' sh -c 'printf "name,sex,birth_date\n王小明,1,1940\n" >r.csv; healthrec import bureau.hrs r.csv; test $? -eq 2'
exit $failed
