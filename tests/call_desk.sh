#!/bin/sh
# examples/call_desk against a real broker: mosquitto on the loopback interface, with a login, in a temporary folder. What
# is in the store is asked of the tool; what the desk answers is taken from a session that the broker keeps, so nothing
# depends on who is quicker. Waiting ends with a failure after a minute, never with a success.
set -u
cd "$(dirname "$0")/.."
build=$(cd "${HR_BUILD:-build}" && pwd)
work=$(mktemp -d)
PATH=$build:$PATH:/usr/sbin
HEALTHREC_PASSPHRASE_FILE=$work/passphrase
LC_ALL=C
export PATH HEALTHREC_PASSPHRASE_FILE LC_ALL
unset LANGUAGE
broker='' desk='' failed=0
trap 'kill $broker $desk 2>/dev/null; wait; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# check WHAT COMMAND…: one check; the command tells whether it holds
check() {
    what=$1
    shift
    if "$@" >"$work/check" 2>&1; then
        echo "ok - $what"
    else
        echo "not ok - $what"
        sed 's/^/    /' "$work/check" "$work/desk.out" "$work/desk.err" "$work/ack" 2>/dev/null
        failed=1
    fi
}
# until_true COMMAND…: tries for a minute
until_true() {
    tries=0
    until "$@" 2>/dev/null; do
        tries=$((tries + 1))
        test $tries -lt 600 || return 1
        sleep 0.1
    done
}

# ---- the broker ----
client() {
    program=$1
    shift
    "$program" -h 127.0.0.1 -p "$port" -u desk -P secret "$@"
}
answers() { client mosquitto_pub -t nobody -n; }
broker_is_settled() { answers || ! kill -0 "$broker"; }
start_broker() {
    sed "s/PORT/$port/" >"$work/broker.conf" <<END
listener PORT 127.0.0.1
allow_anonymous false
password_file $work/logins
persistence false
user $(id -un)
END
    mosquitto -c "$work/broker.conf" >>"$work/broker.log" 2>&1 &
    broker=$!
    until_true broker_is_settled
    answers 2>/dev/null
}
# A broker that does not get its port ends at once; then another is tried.
port=$((20000 + $$ % 20000)) first=$port
mosquitto_passwd -b -c "$work/logins" desk secret
until start_broker; do
    port=$((port + 7))
    test $port -lt $((first + 700)) || { cat "$work/broker.log"; exit 1; }
done

# ---- the store ----
(umask 077 && echo 'five quiet stations along the river' >"$work/passphrase")
cd "$work" || exit 1
printf 'area,name\n110105,District\n110105001,Street\n110105001001,Committee\n' >areas.csv
printf 'name,sex,birth_date,area,call_device,phone\n李秀英,2,1935-05-01,110105001001,HJ-0017,65001234\n' >residents.csv
{
    healthrec init station.hrs --area 110105 --name desk --recovery-file key &&
        healthrec import station.hrs areas.csv --as areas &&
        healthrec import station.hrs residents.csv --as residents
} >made 2>&1 || { cat made; exit 1; }
calls() { healthrec call station.hrs list --all --format csv 2>/dev/null | sed 1d; }
count() { calls | wc -l | tr -d ' '; }
# the row of one call
kept() { calls | grep "^$1,"; }

# ---- the desk ----
printf 'desk\nsecret\n' >login
run_desk() { exec call_desk --host 127.0.0.1 --port "$port" --login-file login "$@" station.hrs; }
waiting() { test "$(grep -c 'waiting for calls' desk.out)" -ge "$1"; }
start_desk() {
    run_desk >>desk.out 2>>desk.err &
    desk=$!
    subscriptions=$(($(grep -c 'waiting for calls' desk.out) + 1))
    until_true waiting "$subscriptions"
}
end_desk() { # SIGNAL
    kill "-$1" "$desk" && wait "$desk"
}
: >desk.out
: >desk.err

# The broker keeps acknowledgements for this client from here on.
acks() { client mosquitto_sub -i acks -c -q 1 -t 'calls/+/raise/ack' "$@"; }
listen() { acks -E; }
publish() { client mosquitto_pub -q 1 "$@"; }
next_ack() { acks -C "${1:-1}" -W 60 -v >ack; }
# send TOPIC PAYLOAD: publishes a call and takes its acknowledgement
send() {
    publish -t "$1" -m "$2"
    next_ack
}
number() { sed -n 's/.*"call":\([0-9]*\).*/\1/p' ack; }
says() { grep -qF -- "$1" ack; }

check 'the desk waits for calls' start_desk
check 'a client hears its acknowledgements' listen

send calls/HJ-0017/raise '{"device":"hj0017","signal":"button","time":"2025-03-04 05:06:07","battery":80}'
one=$(number)
check 'a call is acknowledged on its topic with a number, its device and its time' \
    grep -qx "calls/HJ-0017/raise/ack {\"accepted\":true,\"call\":$one,\"device\":\"hj0017\",\"time\":\"2025-03-04 05:06:07\"}" ack
check 'by then it is in the store' sh -c "echo '$(kept "$one")' | grep -F '2025-03-04 05:06:07' | grep -F 李秀英"
check 'the operator has the card' sh -c 'grep -q "李秀英, female" desk.out && grep -q "phone: 65001234" desk.out'
check 'an acknowledgement names nobody' sh -c '! grep -q 李秀英 ack'

before=$(count)
send calls/HJ-0017/raise '{"device":"hj0017","signal":"button","time":"2025-03-04 05:06:07","battery":79}'
check 'the same call once more is acknowledged with the same number' test "$(number)" = "$one"
check 'and is not kept twice' test "$(count)" = "$before"

send calls/gate/raise HJ-0017
check 'a bare device number is a call' sh -c "echo '$(kept "$(number)")' | grep -F 李秀英"
send calls/HJ-0017/raise ''
check 'an empty payload is a call of the device in the topic' sh -c "echo '$(kept "$(number)")' | grep -F 李秀英"
send calls/HJ-0017/raise pressed
check 'so is a word' sh -c "echo '$(kept "$(number)")' | grep -F 李秀英"
send calls/gate/raise '{"phone":"010-65001234","signal":"SOS","time":"late"}'
check 'a signal and a time that make no sense do not cost the call' \
    sh -c "echo '$(kept "$(number)")' | grep -F 李秀英 && grep -qx '  message: SOS late' desk.out"
send calls/gate/raise '{"device":"HJ-4040"}'
check 'a call of a device that nobody has is kept' sh -c "echo '$(kept "$(number)")' | grep -F HJ-4040 && grep 'nobody known' desk.out"

before=$(count)
i=0
for payload in '{"device":"HJ-0017"' '["HJ-0017"]' '{"device":["HJ-0017"],"phone":7}' '"HJ-0017"' "$(printf 'HJ\001\002')" \
    "$(printf '{"device":"HJ-\377"}')" "$(head -c 20000 /dev/zero | tr '\0' '1')"; do
    i=$((i + 1))
    publish -t calls/raise -m "$payload" # not what the desk subscribed to
    send calls//raise "$payload"
    check "payload $i that is no call is acknowledged as rejected, with the reason" \
        sh -c 'grep -q "\"accepted\":false,\"again\":false,\"reason\":\"..*\"" ack'
done
check 'and nothing of it is kept' test "$(count)" = "$before"
check 'it is reported to the operator' test "$(grep -c rejected desk.err)" = "$i"

publish -r -t calls/HJ-0017/raise -m HJ-0017
next_ack
check 'a retained message goes to those who are there as any other' says '"accepted":true'
before=$(count)
end_desk TERM
check 'SIGTERM ends the desk in order' test $? -eq 0
publish -t calls/HJ-0017/raise -m '{"device":"HJ-0017","time":"2025-03-05 00:00:00"}'
check 'the desk comes back' start_desk
next_ack 2
check 'what came meanwhile is a call' says '"time":"2025-03-05 00:00:00"'
check 'but not the retained message once more' says '"accepted":false'
check 'so there is one more call' test "$(count)" = $((before + 1))
publish -r -n -t calls/HJ-0017/raise # takes it away; to those who are there it is an empty payload
next_ack

publish -r -t mark -m mark
client mosquitto_sub -t 'calls/+/raise/ack' -t mark -C 1 -W 60 -v >ack
check 'no acknowledgement is retained' grep -qx 'mark mark' ack

kill "$broker"
wait "$broker"
check 'the broker is restarted' start_broker
subscriptions=$((subscriptions + 1))
check 'the desk finds the broker again' until_true waiting "$subscriptions"
listen
send calls/HJ-0017/raise '{"device":"HJ-0017","time":"2025-03-06 00:00:00"}'
check 'and takes calls as before' sh -c "echo '$(kept "$(number)")' | grep -F '2025-03-06 00:00:00'"

mv station.hrs away.hrs
send calls/HJ-0017/raise '{"device":"HJ-0017","time":"2025-03-07 00:00:00"}'
check 'a call that cannot be stored is asked for again' says '"accepted":false,"again":true'
mv away.hrs station.hrs
send calls/HJ-0017/raise '{"device":"HJ-0017","time":"2025-03-07 00:00:00"}'
check 'and stored when it comes again' sh -c "echo '$(kept "$(number)")' | grep -F '2025-03-07 00:00:00'"

end_desk INT
check 'SIGINT ends the desk in order' test $? -eq 0
printf 'desk\nwrong\n' >login
(run_desk >wrong.out 2>wrong.err)
check 'a login that the broker refuses ends the desk with a message' sh -c "test $? -eq 1 && grep -q refuses wrong.err"
check 'the store verifies' healthrec verify station.hrs
exit $failed
