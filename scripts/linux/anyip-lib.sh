# shellcheck shell=sh
# Shared by anyip-up.sh, -down.sh and -status.sh. Sourced, never run.
#
# IPv6 has one loopback address, ::1. AnyIP gives a host all addresses of a prefix, by a local route
# over lo; net.ipv6.ip_nonlocal_bind also lets programs bind them. Both apply to the machine (its
# network namespace) until it restarts, or until anyip-down.sh.
#
# The caller sets: anyip_me (its name, for messages), and defines anyip_usage.
# shellcheck disable=SC2034,SC2154

anyip_default=fd00:127::/64
anyip_sysctl=net.ipv6.ip_nonlocal_bind

anyip_say() {
	printf '%s: %s\n' "$anyip_me" "$1" >&2
}

# anyip_die STATUS MESSAGE
anyip_die() {
	anyip_say "$2"
	exit "$1"
}

# Reads the arguments. Sets anyip_dry_run and anyip_prefixes (a line each).
anyip_parse() {
	anyip_dry_run=no
	anyip_prefixes=
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help)
			anyip_usage
			exit 0
			;;
		--dry-run)
			[ "$anyip_me" != anyip-status.sh ] || anyip_die 2 "unknown option $1; see $anyip_me --help"
			anyip_dry_run=yes
			;;
		-*) anyip_die 2 "unknown option $1; see $anyip_me --help" ;;
		*)
			anyip_check "$1"
			anyip_prefixes="$anyip_prefixes$1
"
			;;
		esac
		shift
	done
	[ -n "$anyip_prefixes" ] || anyip_prefixes="$anyip_default
"
	# A marker per network namespace: each has its own routes and sysctl.
	anyip_space=$(readlink /proc/self/ns/net 2>/dev/null | tr -dc 0-9)
	anyip_marker=${ANYIP_RUN:-/run}/slash8-anyip.${anyip_space:-0}
}

# anyip_check PREFIX: accepts only fd00:127::/32, which slash8 uses as its own and which is not known to
# be used elsewhere: a local route takes away from the machine whatever it covers.
anyip_check() {
	anyip_length=${1##*/}
	case $1 in
	fd00:127::/* | fd00:127:*::/* | fd00:127:*:*/*) ;;
	*) anyip_die 2 "\"$1\" is not a prefix of fd00:127::/32, such as $anyip_default" ;;
	esac
	case ${1%/*} in
	*[!0-9a-f:]* | *:::* | *::*::*) anyip_die 2 "\"$1\" is not a prefix such as $anyip_default" ;;
	esac
	case $anyip_length in
	'' | *[!0-9]* | ????*) anyip_die 2 "\"$1\": the length of a prefix is a number, 32 to 128" ;;
	esac
	if [ "$anyip_length" -lt 32 ] || [ "$anyip_length" -gt 128 ]; then
		anyip_die 2 "\"$1\": the length of a prefix is 32 to 128"
	fi
}

# Reads the local routes over lo to anyip_routes, one prefix per line, as the kernel prints them.
anyip_read() {
	command -v ip >/dev/null || anyip_die 1 "the program ip is missing; install iproute2. These scripts are for Linux"
	anyip_routes=$(ip -6 route show table local dev lo type local) ||
		anyip_die 1 "ip cannot read the routes of lo"
	# A single address is shown without its length.
	anyip_routes=$(printf '%s\n' "$anyip_routes" | awk '
		{ prefix = $1 == "local" ? $2 : $1 }
		prefix ~ /^fd00:127:/ { print prefix (prefix ~ /\// ? "" : "/128") }
	')
	anyip_bind=$(sysctl -n "$anyip_sysctl" 2>/dev/null) ||
		anyip_die 1 "there is no $anyip_sysctl: IPv6 is disabled (enable it), or this is not Linux"
}

# anyip_has PREFIX
anyip_has() {
	printf '%s\n' "$anyip_routes" | grep -qxF -- "$1"
}

# Runs a command as root, or prints it with --dry-run.
anyip_do() {
	if [ "$(id -u)" -eq 0 ]; then
		set -- "$@"
	else
		command -v sudo >/dev/null || [ "$anyip_dry_run" = yes ] ||
			anyip_die 1 "this needs root, and sudo is not installed; run it as root"
		set -- sudo "$@"
	fi
	if [ "$anyip_dry_run" = yes ]; then
		printf '%s\n' "$*"
	else
		"$@" >/dev/null
	fi
}
