#!/bin/sh
# Removes loopback aliases from lo0. See --help.
# shellcheck source-path=SCRIPTDIR
set -u

lo0_me=${0##*/}
lo0_dir=$(cd "$(dirname "$0")" && pwd) || exit 1
lo0_options='--dry-run --scenario --launchd --launchd-dir'
# shellcheck source=lo0-alias-lib.sh
. "$lo0_dir/lo0-alias-lib.sh"

lo0_usage() {
	cat <<-HELP
		Usage: $lo0_me [options] ADDRESS|FIRST-LAST|CIDR ...
		       $lo0_me [options] --scenario FILE
		       $lo0_me --launchd

		Removes aliases from lo0 (ifconfig lo0 -alias 127.1.0.1). Addresses that lo0 does not have are
		skipped, and 127.0.0.1 always stays. Uses sudo, once, when not root.

		  --scenario FILE    the addresses that slash8 plan --aliases FILE prints
		  --dry-run          print the commands, change nothing
		  --launchd          also remove the launchd job, with all of its ranges
		  --launchd-dir DIR  where the job is (default /Library/LaunchDaemons)
		  -h, --help         this text

		Examples:
		  $lo0_me 127.1.0.1-127.1.0.100
		  $lo0_me 127.0.0.0/8 --launchd        everything

		Exit status: 0 done, 1 some ifconfig or launchctl failed, 2 wrong arguments
	HELP
}

lo0_parse "$@"
[ "$lo0_launchd" = yes ] || lo0_need_addresses
lo0_read_existing
lo0_present >"$lo0_tmp/list"
lo0_change down "$lo0_tmp/list" || exit 1
[ "$lo0_dry_run" = no ] && lo0_did=removed || lo0_did='would remove'
lo0_say "$lo0_did $lo0_total"
