#!/bin/sh
# Runs test programs one after the other, shows what each prints, and adds up what each counted. The last line is
# "N passed, M failed"; the exit code says whether M is 0. usage: tests/run.sh BUILD PROGRAM…
#
# A cmocka program counts its tests, a shell script its lines "ok - " and "not ok - ", check.py its own closing line, a fuzzer
# is one test. A program that dies, hangs, leaks, or counts nothing has failed, whatever it printed before.
# Programs find the folder with the tool and the libraries in HR_BUILD.
set -u
HR_BUILD=$(cd "$1" && pwd)
export HR_BUILD
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# LeakSanitizer needs ptrace, which a container or an undumpable process may not have; elsewhere it would fail every test.
leaks() {
    printf '#include <sys/prctl.h>\nint main(void) { return prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }\n' >"$work/leaks.c"
    gcc -fsanitize=address -o "$work/leaks" "$work/leaks.c" && ASAN_OPTIONS=detect_leaks=1 "$work/leaks" 2>/dev/null
}
case $HR_BUILD in
*address*)
    leaks && detect=1 || detect=0
    test $detect = 1 || echo "leak detection does not work here and is off"
    export ASAN_OPTIONS="detect_leaks=$detect:${ASAN_OPTIONS:-}" UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
    ;;
esac

run() {
    name=$(basename "$1")
    case $1 in
    *.sh) sh "$1" ;;
    *.py) python3 "$1" "$HR_BUILD/healthrec" ;;
    */fuzz_*) fuzz "$1" "$name" ;;
    *) timeout -k 10 "${TEST_SECONDS:-1800}" "$1" ;;
    esac
}

fuzz() {
    mkdir -p "$HR_BUILD/corpus/$2"
    seeds=tests/corpus/$2
    test -d "$seeds" || seeds=
    # shellcheck disable=SC2086  # no seeds, no word
    "$1" -verbosity=0 -max_total_time="${FUZZ_SECONDS:-20}" -artifact_prefix="$HR_BUILD/$2-" "$HR_BUILD/corpus/$2" $seeds &&
        echo "ok - $2 for ${FUZZ_SECONDS:-20} seconds"
}

# sum PATTERN: adds the numbers that PATTERN, a sed expression with one group, finds in the log
sum() {
    sed -n "s/$1/\1/p" "$work/log" | awk '{ n += $1 } END { print n + 0 }'
}

count() {
    case $1 in
    *.sh | */fuzz_*)
        passed=$(grep -c '^ok - ' "$work/log")
        failed=$(grep -c '^not ok - ' "$work/log")
        ;;
    *.py)
        passed=$(sum '^\([0-9]*\) passed, [0-9]* failed$')
        failed=$(sum '^[0-9]* passed, \([0-9]*\) failed$')
        ;;
    *)
        passed=$(sum '^\[  PASSED  \] \([0-9]*\) test.*')
        failed=$(sum '^\[  FAILED  \] \([0-9]*\) test.*')
        test "$passed" -gt 0 || passed=$(grep -c '^\[       OK \]' "$work/log")
        ;;
    esac
}

all_passed=0 all_failed=0 bad=''
for program in "$@"; do
    echo "== $program"
    { run "$program" </dev/null 2>&1; echo $? >"$work/code"; } | tee "$work/log"
    code=$(cat "$work/code")
    count "$program"
    if [ "$failed" -eq 0 ] && { [ "$code" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
        echo "$program: ended with code $code after $passed tests that passed; counted as failed"
        failed=1
    fi
    test "$failed" -eq 0 || bad="$bad $program"
    all_passed=$((all_passed + passed)) all_failed=$((all_failed + failed))
done
test -z "$bad" || echo "failed:$bad"
echo "$all_passed passed, $all_failed failed"
test "$all_failed" -eq 0 && test "$all_passed" -gt 0
