#!/bin/sh
# The main job on an invented district of 20,000 residents: rosters in, scorecard and a list out. Shows each command as one
# would type it. Begins anew every time. usage: tests/demo.sh BUILD
set -eu
build=$(cd "$1" && pwd)
rm -rf "$build/demo"
mkdir -p "$build/demo"
cd "$build/demo"
PATH=$build:$PATH
HEALTHREC_PASSPHRASE_FILE=$PWD/passphrase
export PATH HEALTHREC_PASSPHRASE_FILE
(umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' >passphrase)

show() {
    printf '\n$ %s\n' "$*"
    "$@"
}
# Rosters have some wrong rows, and import says so with exit code 1.
rosters() {
    show healthrec import "$@" || test $? -eq 1
}

show district rosters
show healthrec init station.hrs --area 11 --name 望湖社区卫生服务站 --recovery-file recovery-key
for kind in areas institutions population; do
    show healthrec import station.hrs "rosters/$kind.csv" --as "$kind"
done
for roster in rosters/residents-*.csv rosters/moves.csv; do
    rosters station.hrs "$roster" --rejects "rejected-$(basename "$roster")"
done
show healthrec rates station.hrs --as-of 2003-12-31
show healthrec rates station.hrs --as-of 2005-12-31 --by district --indicator elderly_files,rehab_files,computerized_files
show healthrec list station.hrs --cohort elderly --without file --as-of 2005-12-31 --within 110105001
show healthrec verify station.hrs
show healthrec backup station.hrs station.backup
printf '\n%s\n' "The store is $PWD/station.hrs; its passphrase is in the file HEALTHREC_PASSPHRASE_FILE=$HEALTHREC_PASSPHRASE_FILE"
