#!/bin/sh
# The layers of the library: a file includes its own layer's headers, lower ones' and the public one, and nothing else of ours.
# Below them all is C and what each layer is there to hide: libsodium in the vault, SQLite's opening and keys in the store.
set -u
cd "$(dirname "$0")/.."
layers='base vault store record indicator exchange'
failed=0

# report WHAT FINDINGS: one check; FINDINGS is empty when it holds
report() {
    if [ -z "$2" ]; then
        echo "ok - $1"
    else
        echo "not ok - $1"
        echo "$2" | sed 's/^/    /'
        failed=1
    fi
}

# The headers of ours that the files include: "file:line:header".
included() {
    find "$@" -name '*.[ch]' -exec grep -nE '^ *# *include *"' /dev/null {} + |
        sed 's/^\([^:]*:[0-9]*\):.*"\(.*\)".*/\1:\2/'
}

allowed='healthrec\.h'
for layer in $layers; do
    allowed="$allowed|$layer/[a-z_/]*\.h"
    test -d "lib/$layer" || continue
    report "lib/$layer includes only itself and what lies below" "$(included "lib/$layer" | grep -vE ":($allowed)$")"
done

folders=$(find lib -mindepth 1 -maxdepth 1 -type d -exec basename {} \;)
for folder in $folders; do
    case " $layers " in
    *" $folder "*) ;;
    *) unknown="${unknown:-} lib/$folder" ;;
    esac
done
report 'every folder of lib is a layer' "${unknown:-}"

# A header without a folder is one beside the file.
report 'examples include only the public header' \
    "$(included examples | while IFS=: read -r file line header; do
        case $header in
        healthrec.h) continue ;;
        */*) ;;
        *) test ! -e "$(dirname "$file")/$header" || continue ;;
        esac
        echo "$file:$line:$header"
    done)"
report 'the public header includes nothing of ours' "$(included include)"
report 'only the vault includes sodium.h' "$(grep -rnE '^ *# *include *<sodium' lib examples | grep -v '^lib/vault/')"
report 'only the store opens databases and gives keys' \
    "$(grep -rnE 'sqlite3_(open|key|rekey)[a-z0-9_]* *\(' lib examples | grep -v '^lib/store/')"
report 'the base does no input or output' \
    "$(grep -rnE '\<(fopen|open|fread|fwrite|read|write|socket|printf|fprintf|puts|fputs) *\(' lib/base | grep -vE '^[^:]*:[0-9]*: *(/?\*|//)')"

expected='CHANGELOG.md LICENSE Makefile README.md docs examples include lib tests'
if command -v git >/dev/null && git rev-parse --verify -q HEAD >/dev/null 2>&1; then
    report 'the top level holds what the design names' \
        "$(git ls-files | cut -d/ -f1 | sort -u | grep -v '^\.' | while read -r name; do
            case " $expected " in *" $name "*) ;; *) echo "$name" ;; esac
        done)"
fi
exit $failed
