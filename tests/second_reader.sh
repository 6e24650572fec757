#!/bin/sh
# Stores as a second program sees them: tests/second_reader.py, made from docs/format.md alone, reads what the tool has written,
# and the tool opens key slots that tests/second_writer.py has made. What the reader must refuse is tried on copies.
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
export PATH HEALTHREC_PASSPHRASE_FILE LC_ALL PYTHONDONTWRITEBYTECODE
unset LANGUAGE
failed=0
cd "$work" || exit 1

# Debian's packages belong to Debian's own python3, which need not be the first one.
for python in python3 /usr/bin/python3; do
    "$python" -c 'import nacl.bindings' 2>/dev/null && break
done
reader() { "$python" "$tests/second_reader.py" "$@"; }
writer() { "$python" "$tests/second_writer.py" "$@"; }

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
# refused WHY STORE…: the reader names WHY, in a message of its own and not by falling over
refused() {
    why=$1
    shift
    if reader "$@" >said 2>&1; then return 1; fi
    test "$(wc -l <said)" -eq 1 && grep -q "^second reader: .*$why" said
}
exits() { # CODE COMMAND…
    code=$1
    shift
    "$@" >said 2>&1
    test $? -eq "$code"
}
copy() { rm -rf copy.hrs && cp -R station.hrs copy.hrs; }
# The names in the CSV files, as the reader should have them.
names() { sed -s 1d residents.csv more.csv | cut -d, -f1 | sort; }
reads() { # STORE…: all names and nothing else
    reader "$@" >rows 2>said && cut -f2 rows | sort >found && names | cmp - found
}
state() { find station.hrs -printf '%p %s %m %T@\n' | sort && find station.hrs -type f -exec sha256sum {} + | sort; }
no_name() { reader "$@" >rows 2>said && test ! -s rows; }

# ---- a store with a past ----
umask 077
echo 'five quiet stations along the river' >passphrase
echo 'nine grey herons beside the bridge' >clinician
echo 'four old statistics in a long row' >statistician
echo 'seven slow auditors with their lamps' >auditor
printf 'area,name\n110105,District\n110105001,Street\n110105001001,Committee\n' >areas.csv
head='name,sex,birth_date,area,phone'
printf '%s\n' "$head" '李秀英,2,1935-05-01,110105001001,65001234' '欧阳海燕,1,1940-01-02,110105001001,' >residents.csv
printf '%s\n' "$head" '𠮷田·阿依古丽,2,1950-03-04,110105001001,13900001111' >more.csv
printf '%s\n' "$head" '司徒望,1,1931-09-08,110105001001,13900002222' >gone.csv
import() { healthrec import station.hrs "$@"; }
add() { healthrec operator station.hrs add "$1" --role "$2" --new-passphrase-file "$2"; }
check 'the tool makes a store' healthrec init station.hrs --area 110105 --name desk --recovery-file key
check 'and puts areas in' import areas.csv --as areas
check 'and residents' import residents.csv --as residents
cp -R station.hrs older.hrs
check 'a clinician is added' add 王护士 clinician
check 'a statistician is added' add 统计 statistician
cp -R station.hrs before.hrs
check 'an auditor is added' add 审计 auditor
cp -R station.hrs after.hrs
check 'the clinician writes' import more.csv --as residents --operator 王护士 --passphrase-file clinician
check 'the second reader reads every name with his passphrase' reads station.hrs --passphrase clinician --operator 王护士
check 'somebody is to be forgotten' import gone.csv --as residents
gone=$(healthrec find station.hrs 司徒望 --format csv | sed -n '2s/,.*//p')
check 'his file is restricted' healthrec restrict station.hrs "#$gone" --why 本人要求
check 'and erased' healthrec erase station.hrs "#$gone" --yes
check 'new keys are made' healthrec rotate station.hrs
check 'and once more, because the clinician is removed' healthrec operator station.hrs remove 王护士
healthrec show station.hrs 李秀英 >/dev/null 2>&1 # an entry about reading

state >before
check 'the second reader reads every name with a passphrase' reads station.hrs --passphrase passphrase
check 'with the recovery key' reads station.hrs --recovery key
check 'as auditor' reads station.hrs --passphrase auditor --operator 审计
check 'and as statistician none' no_name station.hrs --passphrase statistician --operator 统计
state >after
check 'it changes nothing in the store' cmp before after

healthrec log station.hrs --head 2>/dev/null | sed -n '/^HRHEAD1/,/^$/p' >slip
sed '2s/^0/1/;t;2s/^./0/' slip >other.slip
tr 'A-F' 'a-f' <slip | tr -d '\n' >typed.slip
check 'it knows the slip that the tool prints' reads station.hrs --recovery key --slip slip
check 'also when it was typed' reads station.hrs --recovery key --slip typed.slip
check 'and no other' refused 'signature does not fit' station.hrs --recovery key --slip other.slip

# ---- what it must refuse ----
check 'a wrong passphrase is refused' refused 'wrong passphrase' station.hrs --passphrase clinician
check 'so is that of somebody who was removed' refused 'no such operator' station.hrs --passphrase clinician --operator 王护士
tr '0-8' '1-9' <key >wrong.key
check 'a mistyped recovery key is refused' refused 'mistyped in group' station.hrs --recovery wrong.key
healthrec init other.hrs --area 110105 --name other --recovery-file other.key >/dev/null 2>&1
check 'the recovery key of another store is refused' refused 'wrong .*recovery key' station.hrs --recovery other.key

copy
echo x >copy.hrs/keyslots
check 'damaged key slots are read from their copy' reads copy.hrs --recovery key
# Prints the places where a flipped bit is not refused.
check_flips() { # WHAT REPAIR
    copy
    writer flips copy.hrs key "$2" >accepted 2>said
    check "$1" sh -c "test $? -eq 0 && test ! -s accepted || { cat accepted; false; }"
}
check_flips 'a flipped bit anywhere in the key slots is refused' none
check_flips 'also with the checksum made right' sum
check_flips 'also with the MAC made right, as a statistician can' mac
# flipped PLACE REPAIR WHY
flipped() {
    copy
    writer flip copy.hrs key "$1" "$2" && refused "$3" copy.hrs --recovery key
}
check 'the checksum finds an accident' flipped admin-salt none 'damaged (checksum)'
check 'the MAC finds what was changed without F' flipped admin-salt sum 'altered (MAC)'
check 'the roles MAC finds a public key put there without C' flipped admin-box-public mac 'altered (roles MAC)'
check 'and another role' flipped admin-name mac 'altered (roles MAC)'
check 'the databases know which file is in force' flipped admin-salt mac 'not the file in force'

rm -rf copy.hrs && cp -R after.hrs copy.hrs && cp before.hrs/keyslots before.hrs/keyslots.bak copy.hrs
check 'an older file put back is refused' refused 'not the file in force' copy.hrs --recovery key
cp after.hrs/keyslots copy.hrs/keyslots.new
check 'but not when the new one only lacks its name' reader copy.hrs --recovery key
check 'the tool gives it that' sh -c 'healthrec verify copy.hrs && cmp copy.hrs/keyslots after.hrs/keyslots && test ! -e copy.hrs/keyslots.new'

# changed WHY DATABASE STATEMENT
changed() {
    copy
    writer sql copy.hrs key "$2" "$3" && refused "$1" copy.hrs --recovery key
}
newest='(SELECT max(seq) FROM entry)'
check 'a changed entry is refused' changed 'was altered' chart "UPDATE entry SET body = replace(body, '李秀英', '李秀芳')"
check 'a changed time is' changed 'was altered' chart "UPDATE entry SET recorded = recorded - 1 WHERE seq = $newest"
check 'a missing entry is' changed 'is missing' chart 'DELETE FROM entry WHERE seq = 5'
check 'a log that was cut off is' changed 'not the head' chart "DELETE FROM entry WHERE seq = $newest"
check 'another head is' changed 'not the head' facts "UPDATE meta SET value = zeroblob(40) WHERE key = 'head'"
check 'a signature that is none is' changed 'not its author' chart "UPDATE signature SET signature = zeroblob(64) WHERE seq = $newest"
check 'a missing signature is' changed 'not signed' chart "DELETE FROM signature WHERE seq = $newest"
copy
check 'an erased body that was changed is' changed 'what it left was altered' chart \
    "UPDATE entry SET body = '@1' || char(31) || body WHERE body_hash NOTNULL"
copy
writer hide copy.hrs key 李秀英
check 'a body taken out without an entry is' refused 'erased by nobody' copy.hrs --recovery key
copy
check 'a log rewritten with all keys and hashes fits its chain' writer forge copy.hrs key 李秀英 李秀芳
check 'and is refused for its signatures' refused 'not its author' copy.hrs --recovery key
check 'the tool finds it, too' exits 1 healthrec verify copy.hrs
check 'and against the slip' refused 'rewritten since' copy.hrs --recovery key --slip slip
chart=chart.$(find station.hrs -name 'chart.*.db' | sed 's/.*chart.\([0-9]*\).db/\1/').db
copy
cp other.hrs/chart.1.db "copy.hrs/$chart"
check 'the chart of another store does not open' refused 'database: ' copy.hrs --recovery key
rm -rf copy.hrs && cp -R after.hrs copy.hrs && cp older.hrs/chart.1.db copy.hrs
check 'the chart of another day is refused' refused 'not the head' copy.hrs --recovery key

# ---- the other direction ----
echo 'eleven new words for this one store' >new
copy
check 'the second writer makes key slots' writer slots copy.hrs key new
check 'an administrator of its making finds a resident with the tool' sh -c \
    'healthrec find copy.hrs 欧阳海燕 --operator 院长 --passphrase-file new | grep 欧阳海燕'
check 'a statistician of its making may not' exits 3 healthrec find copy.hrs 欧阳海燕 --operator 统计员 --passphrase-file new
check 'but sees figures' healthrec rates copy.hrs --operator 统计员 --passphrase-file new
check 'the recovery key opens it' healthrec find copy.hrs 欧阳海燕 --recovery-file key
check 'the tool sees that the log does not know these people' exits 1 healthrec verify copy.hrs --operator 审计员 --passphrase-file new
exit $failed
