#!/bin/sh
# Removes what anyip-up.sh added. See --help.
# shellcheck source-path=SCRIPTDIR
set -u

anyip_me=${0##*/}
# shellcheck source=anyip-lib.sh
. "$(dirname "$0")/anyip-lib.sh" || exit 1

anyip_usage() {
	cat <<-HELP
		Usage: $anyip_me [--dry-run] [PREFIX ...]

		Removes the local routes of the prefixes, or without a PREFIX all of fd00:127::/32 that are routed to lo.
		With the last of them $anyip_sysctl is set back to 0, if anyip-up.sh set it.
		Uses sudo when not root.

		  --dry-run    print the commands, change nothing
		  -h, --help   this text

		Exit status: 0 done, 1 ip or sysctl failed, 2 wrong arguments
	HELP
}

anyip_asked=$#
anyip_parse "$@"
[ "$anyip_asked" -gt 0 ] && [ "$*" != --dry-run ] || anyip_prefixes=all
anyip_read
[ "$anyip_prefixes" != all ] || anyip_prefixes=$anyip_routes
anyip_status=0
anyip_removed=0
for anyip_prefix in $anyip_prefixes; do
	anyip_has "$anyip_prefix" || continue
	if anyip_do ip -6 route del local "$anyip_prefix" dev lo; then
		anyip_removed=$((anyip_removed + 1))
		anyip_routes=$(printf '%s\n' "$anyip_routes" | grep -vxF -- "$anyip_prefix")
	else
		anyip_say "$anyip_prefix failed"
		anyip_status=1
	fi
done
if [ -z "$anyip_routes" ] && [ -e "$anyip_marker" ]; then
	anyip_do sysctl -w "$anyip_sysctl=0" || anyip_die 1 "$anyip_sysctl cannot be set"
	anyip_do rm -f "$anyip_marker"
fi
[ "$anyip_dry_run" = no ] && anyip_did=removed || anyip_did='would remove'
anyip_say "$anyip_did $anyip_removed"
exit "$anyip_status"
