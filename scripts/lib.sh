# What scripts/ and .ci/run share: missing packages, PostgreSQL's grammar, a build that is silent
# unless it fails. Sourced by sh; $root is the checkout. Whoever calls it exits with status 2 when
# something cannot be had, as isolint does when a run fails.
# shellcheck shell=sh disable=SC2154

say() {
    echo "isolint: $*" >&2
}

die() {
    say "$@"
    exit 2
}

# Runs a command and shows what it wrote only when it failed.
quietly() {
    quiet_log=$(mktemp)
    quiet_status=0
    "$@" >"$quiet_log" 2>&1 </dev/null || quiet_status=$?
    [ $quiet_status = 0 ] || cat "$quiet_log" >&2
    rm -f "$quiet_log"
    return $quiet_status
}

# ---- Packages
# A need is looked for by what it does, not by its package: Meson may come from elsewhere.

# want PACKAGES COMMAND…: when COMMAND fails, PACKAGES are missing.
want() {
    want_packages=$1
    shift
    "$@" >/dev/null 2>&1 </dev/null || missing="$missing $want_packages"
}

compiles() {
    echo '#include <stdlib.h>' | ${CC:-cc} -E - >/dev/null
}

meson_is_new() {
    case $(meson --version) in
    0.* | '') return 1 ;;
    esac
}

build_needs() {
    want 'gcc libc6-dev' compiles
    want meson meson_is_new
    want ninja-build command -v ninja
    want pkg-config command -v pkg-config
    want libglib2.0-dev pkg-config --exists 'glib-2.0 >= 2.68'
    want libpcre2-dev pkg-config --exists libpcre2-8
    want libcjson-dev pkg-config --exists libcjson
    want libcyaml-dev pkg-config --exists libcyaml
    want libyaml-dev pkg-config --exists yaml-0.1 # libcyaml's package forgets it
    want zlib1g-dev pkg-config --exists zlib
}

test_needs() {
    want libcmocka-dev pkg-config --exists cmocka
    want libpq-dev pkg-config --exists libpq
}

# What the pages claim is shown on a server.
server_needs() {
    want postgresql sh -c 'ls /usr/lib/postgresql/*/bin/initdb'
    want 'python3-sqlalchemy python3-psycopg2' /usr/bin/python3 -c 'import sqlalchemy, psycopg2'
}

# The grammar of a system's libpg_query: 16 and later bring PostgreSQL's headers, 15 does not.
header_needs() {
    want libpg-query-dev system_grammar 16
}

library_needs() {
    want libpg-query-dev [ -e /usr/include/pg_query.h ]
    [ "$(candidate_major libpg-query-dev)" != 15 ] ||
        want postgresql-server-dev-15 [ -e /usr/include/postgresql/15/server/postgres.h ]
}

certificate_needs() {
    want ca-certificates [ -e /etc/ssl/certs/ca-certificates.crt ]
}

find_missing() {
    missing=
    for need in "$@"; do
        "$need"
    done
    [ -z "$missing" ]
}

can_install() {
    command -v apt-get && { [ "$(id -u)" = 0 ] || command -v sudo; }
} >/dev/null

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# provide NEED…: installs the missing packages of these needs, if any.
provide() {
    if find_missing "$@"; then
        return
    fi
    can_install || die "missing:$missing (Debian's names); install them, or run this as root or with sudo"
    say "installing$missing"
    # When the lists cannot be renewed the old ones may do; if not, the installation says so.
    as_root apt-get update -qq >/dev/null 2>&1 || :
    # shellcheck disable=SC2086 # packages are words
    installed=$(as_root env DEBIAN_FRONTEND=noninteractive LC_ALL=C \
        apt-get install -qq -y --no-install-recommends $missing 2>&1) ||
        die "cannot install$missing: $(echo "$installed" | grep -m 1 '^E:' || echo "$installed" | tail -n 1)"
    find_missing "$@" ||
        die "missing or too old here:$missing (isolint needs Meson 1.0 and GLib 2.68)"
}

# apt with lists and sources of its own, in $work, and those of $architecture if that is another
# one: the machine's are left alone, and root is not needed.
private_apt() {
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    [ -f "$work/status" ] || : >"$work/status"
    # shellcheck disable=SC2086 # options are words
    apt-get -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null \
        -o Dir::State::Lists="$work/lists" -o Dir::Cache="$work/cache" \
        -o APT::Sandbox::User=root -o Acquire::Languages=none \
        ${architecture:+-o APT::Architecture=$architecture -o APT::Architectures::=$architecture -o Dir::State::status="$work/status"} \
        -qq "$@"
}

# ---- A program that was released

# platform: what a release calls this machine; false where there is no program for it.
platform() {
    case $(uname -s)-$(uname -m) in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    *) return 1 ;;
    esac
}

version() {
    sed -n "s/^  version: '\(.*\)',/\1/p" "$root/meson.build"
}

# download ADDRESS FILE
download() {
    if command -v curl >/dev/null; then
        curl -fsSL --connect-timeout 10 -o "$2" "$1"
    else
        python3 -c 'import shutil, sys, urllib.request
with urllib.request.urlopen(sys.argv[1], timeout=10) as answer, open(sys.argv[2], "wb") as file:
    shutil.copyfileobj(answer, file)' "$1" "$2"
    fi
} >/dev/null 2>&1

# released FILE: brings the program that was released with this checkout to FILE. The checkout has the
# checksum, so that of a tag can be trusted as far as the tag. False when there is none for this
# version and machine, when it cannot be had, and when it does not run here: then build it.
released() {
    platform >/dev/null || return 1
    release=isolint-$(version)-$(platform)
    checksum=$(sed -n "s/^\([0-9a-f]\{64\}\)  $release\.tar\.gz\$/\1/p" "$root/scripts/released.sha256")
    [ -n "$checksum" ] || return 1
    released_work=$(mktemp -d)
    released_status=1
    archive=$released_work/$release.tar.gz
    if ! download "${ISOLINT_RELEASES:-https://github.com/isolint/isolint/releases/download}/v$(version)/$release.tar.gz" "$archive"; then
        say "cannot download $release.tar.gz"
    elif ! echo "$checksum  $archive" | sha256sum --check --status; then
        say "$release.tar.gz is not what was released: its checksum differs"
    elif tar -xzf "$archive" -C "$released_work" && "$released_work/$release/bin/isolint" --version >/dev/null 2>&1; then
        mkdir -p "${1%/*}"
        cp "$released_work/$release/bin/isolint" "$1.$$" && mv "$1.$$" "$1" && released_status=0
    else
        say "$release does not run here"
    fi
    rm -rf "$released_work"
    return $released_status
}

# ---- The grammar

candidate_major() {
    LC_ALL=C apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*\).*/\1/p'
}

# system_grammar N: whether libpg_query of PostgreSQL N or later is installed with its headers.
system_grammar() {
    for prefix in /usr/local/include /usr/include /opt/homebrew/include; do
        [ ! -d $prefix/pg_query/postgres ] ||
            [ "$(sed -n 's/^#define PG_VERSION_NUM \([0-9]*\)[0-9]\{4\}$/\1/p' $prefix/pg_query.h)" -lt "$1" ] || return 0
    done
    return 1
}

fetch() {
    fetched=$("$root/scripts/fetch-grammar" 2>&1)
}

# Sees to it that meson.build finds a grammar, in the order that it looks for them. Sets $grammar to
# the option that Meson is given.
find_grammar() {
    grammar=-Dlibpg_query=auto
    system_grammar 18 && return
    packaged=$(candidate_major libpg-query-dev)
    if [ "${packaged:-0}" -ge 18 ] && may_install && (provide header_needs); then
        return
    fi
    fetch && return
    if may_install && ! find_missing certificate_needs; then
        provide certificate_needs
        fetch && return
    fi
    grammar=-Dlibpg_query=system
    if ! system_grammar 16 && ! { [ "${packaged:-0}" -ge 16 ] && may_install && (provide header_needs); }; then
        find_missing library_needs || { [ "${packaged:-0}" = 15 ] && may_install; } || die "${fetched#isolint: }"
        provide library_needs
    fi
    say "${fetched#isolint: }; building with the older grammar of the system's libpg_query"
}

# A hook sets $hook: a commit is no place to install packages.
may_install() {
    [ -z "${hook:-}" ] && can_install
}

# ---- The build

# Runs ninja and says how far it is: on a terminal in a line that is written again and again, elsewhere
# at each quarter. What the commands wrote is shown only when one failed.
ninja_with_progress() {
    ninja_log=$(mktemp)
    ninja_status=0
    {
        NINJA_STATUS='[%p] ' ninja "$@" 2>&1 </dev/null || echo '[failed]'
    } | {
        quarter=25
        while IFS= read -r line; do
            case $line in
            '[failed]') exit 1 ;;
            '['*%\]*)
                percent=${line%%%*}
                percent=${percent##*[\[ ]}
                if [ -t 2 ]; then
                    printf '\r\033[Kisolint: building, %s %%' "$percent" >&2
                elif [ "$percent" -ge $quarter ] && [ "$percent" -lt 100 ]; then
                    say "building, $percent %"
                    quarter=$((percent / 25 * 25 + 25))
                fi
                ;;
            esac
            printf '%s\n' "$line" >>"$ninja_log"
        done
    } || ninja_status=$?
    [ ! -t 2 ] || printf '\r\033[K' >&2
    [ $ninja_status = 0 ] || cat "$ninja_log" >&2
    rm -f "$ninja_log"
    return $ninja_status
}

# Where this Debian looks for libraries. Meson asks dpkg-dev, which a machine with a bare compiler does not
# have, and would take lib64, where neither the linker nor pkg-config looks.
library_directory() {
    if [ -e /etc/debian_version ] && ! command -v dpkg-architecture >/dev/null; then
        triplet=$(${CC:-cc} -print-multiarch 2>/dev/null) && [ -n "$triplet" ] && echo "-Dlibdir=lib/$triplet"
    fi
}

# build DIRECTORY TARGET [MESON-OPTION…]; ISOLINT_MESON_OPTIONS holds more options.
build() {
    directory=$1
    target=$2
    shift 2
    if [ ! -f "$directory/build.ninja" ]; then
        case "$* ${ISOLINT_MESON_OPTIONS:-}" in
        *-Dlibpg_query=*) grammar= ;;
        *) find_grammar ;;
        esac
        [ -n "${hook:-}" ] || say 'building, which takes a minute the first time'
        # shellcheck disable=SC2046,SC2086 # options are words
        quietly meson setup "$directory" "$root" $grammar $(library_directory) "$@" ${ISOLINT_MESON_OPTIONS:-} ||
            die 'cannot set up the build, for the reason above'
    fi
    if [ -n "${hook:-}" ]; then
        quietly ninja -C "$directory" "$target"
    else
        ninja_with_progress -C "$directory" "$target"
    fi || die 'cannot build, for the reason above'
}
