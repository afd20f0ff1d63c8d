#!/bin/sh
# A PostgreSQL of its own for real-postgres.yaml, which is gone when it ends: sh real-postgres.sh PORT [OPTION...]
#
# The role postgres has the password "secret", which SCRAM-SHA-256 asks for, and a table for the inserts. Started by
# root it runs as the user postgres, which Debian's package makes: PostgreSQL refuses to be root.
set -eu
port=$1
shift

for folder in /usr/lib/postgresql/*/bin; do PATH="$PATH:$folder"; done
command -v initdb >/dev/null || {
  echo "initdb is not found: PostgreSQL is not installed" >&2
  exit 127
}

home=$(mktemp -d "${TMPDIR:-/tmp}/slash8-postgres.XXXXXX")
trap 'rm -rf "$home"' EXIT
printf 'secret\n' >"$home/password"

# Each is the last that a subshell does.
as_user() { exec "$@"; }
if [ "$(id -u)" -eq 0 ]; then
  chown -R postgres "$home"
  as_user() { exec setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
fi
cd "$home"
(as_user initdb --pgdata=data --username=postgres --auth=scram-sha-256 --pwfile=password --encoding=UTF8 --locale=C \
  --no-sync >/dev/null)
# As initdb leaves it, 127.0.0.1 is the only address that may log in.
printf 'host all all 127.0.0.0/8 scram-sha-256\n' >>data/pg_hba.conf
printf 'create table visits (number bigint, note text);\n' | as_user postgres --single -D data postgres >/dev/null

# Signals are for the server: the shell stays to clear up.
trap 'kill -INT "$server" 2>/dev/null || true' TERM INT
as_user postgres -D data -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$home" -c fsync=off "$@" &
server=$!
while kill -0 "$server" 2>/dev/null; do wait "$server" 2>/dev/null || true; done
