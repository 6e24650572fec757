#!/bin/sh
# What the tool writes, seen by strace: everything it gives to the system, to files, pipes and terminals, is looked through
# for marks, which are names, an ID number, an address, a passphrase and a recovery key that nobody has. An import writes
# none of them anywhere; refused rows go to the rejects file, and what is asked for to stdout, and nowhere else. That they
# are found there is what proves the search. A process killed in the middle leaves journals, which are searched, too.
#
# The tool forbids that it is looked at (prctl), and only root may then; so strace answers that call in the system's stead.
set -u
cd "$(dirname "$0")/.."
build=$(cd "${HR_BUILD:-build}" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
PATH=$build:$PATH
HEALTHREC_PASSPHRASE_FILE=$work/secret/passphrase
TMPDIR=$work/temporary
SQLITE_TMPDIR=$TMPDIR
LC_ALL=C.UTF-8
ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 # it needs to trace by itself
export PATH HEALTHREC_PASSPHRASE_FILE TMPDIR SQLITE_TMPDIR LC_ALL ASAN_OPTIONS
unset LANGUAGE
mkdir "$work/secret" "$TMPDIR"
umask 077
failed=0

name=魑魅魍 ascii='Zyxwvut Qponmlk' refused='Nosuchperson Refusedrow' gb=饕餮貔
id=110105193503070024 wrong=110105193305018832 address=貔貅胡同七十九号 note='Jabberwock snicker-snack'
passphrase='slithy toves gyre and gimble 貔貅'

# report WHAT CODE: one check
report() {
    if [ "$2" -eq 0 ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        cut -c1-300 "$work/seen" | sed 's/^/    /'
        failed=1
    fi
}
# hex: stdin as strace -xx prints it
hex() { od -An -v -tx1 | tr -d '\n' | sed 's/ /\\x/g'; }
# number HEX: its bytes as a number in memory, the least first, and in a column, the greatest first
number() {
    echo "$1" | sed 's/../\\x&/g'
    echo "$1" | sed 's/\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)\(..\)/\\x\8\\x\7\\x\6\\x\5\\x\4\\x\3\\x\2\\x\1/'
}
# traced COMMAND…: what it writes is in $work/trace, a line for each call
traced() {
    strace -f -y -xx -s 4194304 -e inject=prctl:retval=0 -o "$work/trace" \
        -e trace=write,pwrite64,writev,pwritev,pwritev2,sendto,sendmsg,sendmmsg,process_vm_writev,vmsplice,memfd_create,mmap,prctl \
        "$@" >"$work/out" 2>"$work/err" </dev/null
}
# marked: writes that hold a mark
marked() { grep -F -f "$work/marks" "$work/trace"; }
none() {
    ! grep 'PROT_WRITE.*MAP_SHARED' "$work/trace" >"$work/seen" && ! marked >"$work/seen" && ! grep -l -r -F -f "$work/plain" "$work/err" "$TMPDIR" >>"$work/seen"
}
# only TARGET: there are such writes, and all of them go there; strace has "write(FD<FILE>, …"
only() {
    marked >"$work/all"
    grep -q -F -- "$1" "$work/all" && ! grep -v -F -- "$1" "$work/all" >"$work/seen"
}
file() { printf '<'; printf %s "$1" | hex; }
writes_pages() { test "$(grep -c 'pwrite64(' "$work/trace")" -gt 3; }

echo "$passphrase" >"$work/secret/passphrase"
printf '%s\n' "$name" "$ascii" "$refused" "$gb" "$address" "$note" "$passphrase" \
    "${id%?}" "${wrong%?}" >"$work/plain"

# ---- a store, and its two secrets ----
echo "$passphrase" | tr -d '\n' | hex >"$work/marks"
echo >>"$work/marks"
traced healthrec init "$work/station.hrs" --area 11 --name 站 --recovery-file "$work/secret/recovery"
report 'strace works here' $?
none
report 'init writes the passphrase nowhere' $?
tr -d '\n' <"$work/secret/recovery" >>"$work/plain"
echo >>"$work/plain"
tr -d '\n' <"$work/secret/recovery" | hex >"$work/marks"
only "$(file "$work/secret/recovery")"
report 'and the recovery key into its file alone' $?

: >"$work/marks"
while IFS= read -r line; do
    printf %s "$line" | hex
    echo
done <"$work/plain" >"$work/marks"
printf %s "$gb" | iconv -t GB18030 | hex >>"$work/marks"
echo >>"$work/marks"
number "$(printf %016x "${id%?}")" >>"$work/marks"

# ---- rosters ----
printf 'area,name\n110105,朝阳区\n110105001,第一街道\n110105001001,第一社区\n' >"$work/areas.csv"
{
    echo 'id_number,name,area,address,birth_date,sex'
    i=0
    while [ $i -lt 3000 ]; do
        test $i -ne 1000 || echo "$id,$name,110105001001,$address,,"
        test $i -ne 2000 || echo ",$ascii,110105001001,$address,1950-03-05,2"
        echo ",居民$i,110105001001,,1950-01-01,1"
        i=$((i + 1))
    done
} >"$work/plain.csv"
{
    cat "$work/plain.csv"
    echo "$wrong,$refused,110105001001,$address,,"
} >"$work/refused.csv"
printf 'name,area,birth_date,sex\n%s,110105001001,1951-02-03,1\n' "$gb" | iconv -t GB18030 >"$work/gb.csv"
printf 'id_number,date,text\n%s,2004-04-20,%s\n' "$id" "$note" >"$work/notes.csv"
healthrec import "$work/station.hrs" "$work/areas.csv" 2>"$work/err"

cp -r "$work/station.hrs" "$work/killed.hrs"
traced healthrec import "$work/station.hrs" "$work/plain.csv" && writes_pages && none
report 'an import writes no mark anywhere' $?
traced healthrec import "$work/station.hrs" "$work/gb.csv" && writes_pages && none
report 'nor does one of a GB18030 roster' $?
traced healthrec import "$work/station.hrs" "$work/notes.csv" --as note && writes_pages && none
report 'nor does one of entries' $?
traced healthrec import "$work/station.hrs" "$work/refused.csv"
none
report 'nor does one that refuses a row' $?
traced healthrec import "$work/station.hrs" "$work/refused.csv" --rejects "$work/secret/rejects.csv"
only "$(file "$work/secret/rejects.csv")"
report 'with a rejects file the refused row is there and nowhere else' $?

# ---- reading ----
traced healthrec find "$work/station.hrs" "$name"
only ' write(1<'
report 'find says it on stdout alone' $?
traced healthrec show "$work/station.hrs" "$id" --history
only ' write(1<'
report 'so does show' $?
for command in verify check duplicates; do
    traced healthrec $command "$work/station.hrs"
    none
    report "$command writes no mark" $?
done
traced healthrec backup "$work/station.hrs" "$work/backup" && none && ! grep -q -a -F -f "$work/plain" "$work/backup"
report 'nor does backup' $?

# ---- killed ----
# Its pages are beyond what is kept in memory only when there are many; so it dies when the commit begins to sync.
strace -f -o "$work/trace" -e trace=fsync,fdatasync -e inject=fsync,fdatasync:signal=KILL:when=2 \
    healthrec import "$work/killed.hrs" "$work/plain.csv" >"$work/out" 2>"$work/err" </dev/null
grep -q SIGKILL "$work/trace" && find "$work/killed.hrs" -name '*-journal' -size +0 | grep -q . &&
    ! grep -l -r -a -F -f "$work/plain" "$work/killed.hrs" "$TMPDIR" >"$work/seen"
report 'an import that is killed leaves journals that hold no mark' $?
grep -q -a -F -f "$work/plain" "$work/plain.csv"
report 'which this search finds in the roster' $?
exit $failed
