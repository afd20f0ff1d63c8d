#!/bin/sh
# Shows which IPv6 prefixes belong to this host over lo. See --help.
# shellcheck source-path=SCRIPTDIR
set -u

anyip_me=${0##*/}
# shellcheck source=anyip-lib.sh
. "$(dirname "$0")/anyip-lib.sh" || exit 1

anyip_usage() {
	cat <<-HELP
		Usage: $anyip_me [PREFIX ...]

		Shows which of the prefixes (without one: $anyip_default) are routed to lo, what else of
		fd00:127::/32 is, and whether programs may bind their addresses ($anyip_sysctl).

		  -h, --help   this text

		Examples:
		  $anyip_me || echo "run anyip-up.sh first"

		Exit status: 0 all are there and can be bound, 1 some are not, 2 wrong arguments
	HELP
}

anyip_parse "$@"
anyip_read
anyip_status=0
for anyip_prefix in $anyip_prefixes; do
	if anyip_has "$anyip_prefix"; then
		printf 'there    %s\n' "$anyip_prefix"
	else
		printf 'missing  %s\n' "$anyip_prefix"
		anyip_status=1
	fi
done
for anyip_route in $anyip_routes; do
	case "
$anyip_prefixes" in
	*"
$anyip_route
"*) ;;
	*) printf 'there    %s\n' "$anyip_route" ;;
	esac
done
if [ "$anyip_bind" -eq 0 ]; then
	printf '%s is 0: addresses cannot be bound; run anyip-up.sh\n' "$anyip_sysctl"
	anyip_status=1
fi
exit "$anyip_status"
