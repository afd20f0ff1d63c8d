#!/bin/sh
# Adds loopback addresses to lo0 as aliases. See --help.
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

		Adds addresses of 127.0.0.0/8 to lo0 as aliases (ifconfig lo0 alias 127.1.0.1 up), which macOS
		needs before a program can use them. Existing aliases are left unchanged. At most
		$lo0_most addresses; uses sudo, once, when not root.

		  --scenario FILE    the addresses that slash8 plan --aliases FILE prints
		  --dry-run          print the commands, change nothing
		  --launchd          also install a launchd job that adds them again after a reboot; it
		                     replaces a previous one
		  --launchd-dir DIR  where the job goes (default /Library/LaunchDaemons)
		  -h, --help         this text

		Examples:
		  $lo0_me 127.1.0.1-127.1.0.100
		  $lo0_me 127.32.0.0/24 127.33.0.1 --launchd
		  $lo0_me --scenario scenarios/quickstart.yaml --dry-run

		Exit status: 0 done, 1 some ifconfig or launchctl failed, 2 wrong arguments
	HELP
}

lo0_parse "$@"
lo0_need_addresses
lo0_limit
lo0_read_existing
lo0_missing >"$lo0_tmp/list"
lo0_change up "$lo0_tmp/list" || exit 1
[ "$lo0_dry_run" = no ] && lo0_did=added || lo0_did='would add'
lo0_say "$lo0_did $lo0_total, $((lo0_count - lo0_total)) were there already"
