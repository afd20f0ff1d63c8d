#!/bin/sh
# Shows which loopback addresses lo0 has. See --help.
# shellcheck source-path=SCRIPTDIR
set -u

lo0_me=${0##*/}
lo0_dir=$(cd "$(dirname "$0")" && pwd) || exit 1
lo0_options='--scenario'
# shellcheck source=lo0-alias-lib.sh
. "$lo0_dir/lo0-alias-lib.sh"

lo0_usage() {
	cat <<-HELP
		Usage: $lo0_me ADDRESS|FIRST-LAST|CIDR ...
		       $lo0_me --scenario FILE

		Shows which of the addresses lo0 has and which are missing, adjacent ones as ranges. At most
		$lo0_most addresses.

		  --scenario FILE    the addresses that slash8 plan --aliases FILE prints
		  -h, --help         this text

		Examples:
		  $lo0_me 127.1.0.0/24
		  $lo0_me --scenario scenarios/quickstart.yaml || echo "run lo0-alias-up.sh first"

		Exit status: 0 all are there, 1 some are missing, 2 wrong arguments
	HELP
}

lo0_parse "$@"
lo0_need_addresses
lo0_limit
lo0_read_existing
awk '
	function address(n) {
		return int(n / 16777216) "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256
	}
	function flush() {
		if (first) printf "%-7s  %s\n", state, address(first) (last > first ? "-" address(last) : "")
	}
	kind == "existing" { have[$1]; next }
	{
		for (n = $1; n <= $2; n++) {
			found = address(n) in have ? "there" : "missing"
			count[found]++
			if (found != state || n != last + 1) { flush(); first = n; state = found }
			last = n
		}
	}
	END {
		flush()
		printf "%d of %d there, %d missing\n", count["there"], count["there"] + count["missing"], count["missing"]
		exit count["missing"] ? 1 : 0
	}
' kind=existing "$lo0_tmp/existing" kind=wanted "$lo0_tmp/ranges"
