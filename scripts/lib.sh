# What every script shares: messages, the private folder, and a Postgres that never runs as root.
# shellcheck shell=bash disable=SC2034 # the scripts that read this file use its variables

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
dev=$root/.dev

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

mkdir -p "$dev"
if [ "$(id -u)" = 0 ]; then
    # Postgres refuses root, and the user it then runs as may not be able to enter the clone
    # (think of /root), so binaries and data stand where anybody may pass.
    if id postgres >/dev/null 2>&1; then pg_user=postgres; else pg_user=nobody; fi
    home=/var/tmp/bulkhead-$(printf '%s' "$root" | sha256sum | cut -c1-12)
    (umask 022 && mkdir -p "$home")
    # /var/tmp is everybody's: a folder somebody else made first would be theirs to fill.
    if [ -L "$home" ] || [ ! -O "$home" ]; then
        fail "$home belongs to another user; remove it and try again"
    fi
    ln -sfn "$home" "$dev/private"
else
    pg_user=
    home=$dev
fi

# Runs a command as the user Postgres runs as, from a folder that this user can enter.
unprivileged() (
    cd "$home" || exit
    if [ -n "$pg_user" ]; then
        exec setpriv --reuid="$pg_user" --regid="$(id -g "$pg_user")" --clear-groups \
            env HOME="$home" "$@"
    fi
    exec "$@"
)

random_password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# The password of a login role, made at first use and readable by its owner only.
password_of() {
    local file=$dev/passwords/$1
    if [ ! -s "$file" ]; then
        (umask 077 && mkdir -p "$dev/passwords" && random_password >"$file")
    fi
    cat "$file"
}

port_is_taken() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# Below the range from which the kernel lends ports to outgoing connections.
free_port() {
    local port
    for _ in {1..50}; do
        port=$((20000 + RANDOM % 12000))
        if ! port_is_taken "$port"; then
            echo "$port"
            return
        fi
    done
    fail "found no free port between 20000 and 32000"
}

pg_major() { "$1/pg_config" --version | sed -E 's/^PostgreSQL ([0-9]+).*/\1/'; }

pgvector_version() {
    sed -nE "s/^default_version *= *'([^']*)'.*/\1/p" \
        "$("$1/pg_config" --sharedir)/extension/vector.control" 2>/dev/null || true
}

# Whether a bin folder holds a server, pgvector included, that Bulkhead supports.
serves() {
    local bin=$1 major vector
    [ -x "$bin/pg_config" ] && unprivileged test -x "$bin/initdb" -a -x "$bin/postgres" || return 1
    major=$(pg_major "$bin")
    vector=$(pgvector_version "$bin")
    [ "$major" -ge 15 ] && [ "${BULKHEAD_PG_MAJOR:-$major}" = "$major" ] || return 1
    [[ $vector =~ ^(0\.([89]|[1-9][0-9])|[1-9]) ]]
}

# The choice of scripts/setup is kept: a Postgres installed later must not hide a running cluster.
pg_choice=$home/bin-${BULKHEAD_PG_MAJOR:-default}

postgres_bin() {
    if [ ! -x "$pg_choice/postgres" ]; then
        "$root/scripts/setup"
    fi
    readlink -f "$pg_choice"
}

# Makes an empty cluster in a folder that the Postgres user owns. The password takes the way of
# standard input: an argument would show in the process list.
init_cluster() { # BIN FOLDER PASSWORD
    local bin=$1 folder=$2
    # shellcheck disable=SC2016 # the inner shell expands it
    printf '%s\n' "$3" | unprivileged sh -c '
        umask 077
        cat >"$1/password"
        "$0/initdb" --pgdata="$1/data" --username=postgres --pwfile="$1/password" \
            --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --no-instructions \
            >"$1/log" 2>&1 || { cat "$1/log" >&2; exit 1; }
        rm "$1/password"' "$bin" "$folder"
}

# Starts a cluster on 127.0.0.1 and, where the path is short enough for one, on a socket.
start_cluster() { # BIN FOLDER PORT [SERVER OPTION]...
    local bin=$1 folder=$2 port=$3 socket=$2
    shift 3
    [ "${#socket}" -le 85 ] || socket=
    unprivileged "$bin/pg_ctl" start --pgdata="$folder/data" --log="$folder/log" --silent --wait \
        --options="-c listen_addresses=127.0.0.1 -c port=$port \
            -c unix_socket_directories='$socket' $*" </dev/null 9>&-
}

stop_cluster() { # BIN FOLDER MODE
    unprivileged "$1/pg_ctl" stop --pgdata="$2/data" --mode="$3" --silent
}

cluster_is_running() { # BIN FOLDER
    unprivileged "$1/pg_ctl" status --pgdata="$2/data" >/dev/null 2>&1
}

# A folder that only the Postgres user can enter (and root, when root is who asks).
private_folder() {
    mkdir -p "$1"
    chmod 700 "$1"
    [ -z "$pg_user" ] || chown "$pg_user" "$1"
}
