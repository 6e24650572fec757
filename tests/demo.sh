#!/bin/sh
# The main job on an invented district of 20,000 residents: rosters, registers and health files in; scorecard, lists, one
# health file, an emergency call, a correction and a trend out. Shows each command as one would type it. Begins anew every time. usage: tests/demo.sh BUILD
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

# What contradicts is refused, and says so with exit code 2.
refused() {
    show "$@" || test $? -eq 2
}

show district --care rosters
show healthrec init station.hrs --area 11 --name 望湖社区卫生服务站 --recovery-file recovery-key
for kind in areas institutions population grades elder_help care_beds hotline indicators; do
    show healthrec import station.hrs "rosters/$kind.csv" --as "$kind"
done
for roster in rosters/residents-*.csv rosters/moves.csv; do
    rosters station.hrs "$roster" --rejects "rejected-$(basename "$roster")"
done
for form in basic_information health_examination self_care hypertension_followup home_bed_visit rehab_session; do
    rosters station.hrs "rosters/$form.csv" --as "$form" --rejects "rejected-$form.csv"
done
show healthrec rates station.hrs --as-of 2005-12-31 --set all
show healthrec rates station.hrs --as-of 2005-12-31 --by district --indicator elderly_files,rehab_files,computerized_files
show healthrec trend station.hrs --indicator elderly_files --from 2001-01-01 --to 2005-12-31 --every year
show healthrec list station.hrs --cohort elderly --without exam --as-of 2005-12-31 --within 110105001001

resident=$(sed -n '2s/^[^0-9]*\([0-9X]*\),.*/\1/p' rosters/home_bed_visit.csv)
show healthrec add station.hrs "$resident" encounter --date 2005-12-20 就诊者的主观资料=头晕三天 处置计划=调整用药，一周后复诊
refused healthrec add station.hrs "$resident" home_bed_visit --date 2005-12-21 巡诊人=王建华
show healthrec add station.hrs "$resident" home_bed_open --date 2005-12-21 诊断=脑卒中恢复期 责任医生=王建华
show healthrec show station.hrs "$resident"
show healthrec duplicates station.hrs
show healthrec check station.hrs

show healthrec call station.hrs raise --device "$(grep -ho 'HJ[0-9]*' rosters/residents-110105001.csv | head -n 1)" \
    --signal button | tee card
call=$(sed -n '/^[^ ]* *[0-9][0-9]*$/s/.* //p' card | head -n 1)
show healthrec call station.hrs answer "$call" --who 李护士
show healthrec call station.hrs close "$call" --outcome helped --note 已上门，血压平稳
show healthrec call station.hrs raise --device HJ-unknown
show healthrec call station.hrs list

show healthrec verify station.hrs
show healthrec backup station.hrs station.backup
# A home visit on a laptop comes back; and the bureau gets the figures, and a table for the public is made.
show healthrec restore station.backup laptop.hrs
show healthrec add laptop.hrs "$resident" note --date 2005-12-22 内容=入户随访，病情平稳
show healthrec merge station.hrs laptop.hrs
fingerprint() { healthrec inspect "$1" --format csv 2>/dev/null | tr -d '\r' | sed -n 's/^fingerprint,.*,//p'; }
show healthrec init bureau.hrs --area 11 --name 北京市卫生局 --recovery-file bureau-key --bureau
healthrec public bureau.hrs -o bureau.pub
show healthrec public station.hrs -o station.pub
show healthrec export station.hrs --to bureau.pub -o report-1.age --fingerprint "$(fingerprint bureau.pub)"
show healthrec inspect report-1.age
show healthrec peer bureau.hrs add station.pub --fingerprint "$(fingerprint station.pub)"
show healthrec receive bureau.hrs report-1.age
show healthrec receive station.hrs report-1.age.receipt
show healthrec rates bureau.hrs --as-of 2005-12-31 --by district --indicator elderly_files
show healthrec export station.hrs --public --as-of 2005-12-31 --by district --indicator rehab_files,computerized_files
printf '\n%s\n' "The store is $PWD/station.hrs; its passphrase is in the file HEALTHREC_PASSPHRASE_FILE=$HEALTHREC_PASSPHRASE_FILE"
