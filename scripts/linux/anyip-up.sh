#!/bin/sh
# Makes all addresses of an IPv6 prefix belong to this host. See --help.
# shellcheck source-path=SCRIPTDIR
set -u

anyip_me=${0##*/}
# shellcheck source=anyip-lib.sh
. "$(dirname "$0")/anyip-lib.sh" || exit 1

anyip_usage() {
	cat <<-HELP
		Usage: $anyip_me [--dry-run] [PREFIX ...]

		Makes every address of a prefix this host's own, over lo (AnyIP), for servers and for clients:
		  ip -6 route replace local PREFIX dev lo
		  sysctl -w $anyip_sysctl=1
		Without a PREFIX it is $anyip_default; others must be within fd00:127::/32. Existing routes are
		left unchanged. Lasts until the machine restarts. Uses sudo when not root.

		  --dry-run    print the commands, change nothing
		  -h, --help   this text

		Examples:
		  $anyip_me
		  $anyip_me fd00:127:0:1::/64 fd00:127:0:2::/64

		Exit status: 0 done, 1 ip or sysctl failed, 2 wrong arguments
	HELP
}

anyip_parse "$@"
anyip_read
anyip_status=0
anyip_added=0
for anyip_prefix in $anyip_prefixes; do
	anyip_has "$anyip_prefix" && continue
	if anyip_do ip -6 route replace local "$anyip_prefix" dev lo; then
		anyip_added=$((anyip_added + 1))
	else
		anyip_say "$anyip_prefix failed"
		anyip_status=1
	fi
done
if [ "$anyip_bind" -eq 0 ]; then
	anyip_do sysctl -w "$anyip_sysctl=1" || anyip_die 1 "$anyip_sysctl cannot be set"
	# So that anyip-down.sh restores the previous value, and leaves alone what another program has set.
	anyip_do touch "$anyip_marker" ||
		anyip_say "$anyip_marker cannot be written: anyip-down.sh will leave $anyip_sysctl at 1"
fi
[ "$anyip_dry_run" = no ] && anyip_did=added || anyip_did='would add'
anyip_say "$anyip_did $anyip_added"
exit "$anyip_status"
