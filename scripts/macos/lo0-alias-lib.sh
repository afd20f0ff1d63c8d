# shellcheck shell=sh
# Shared by lo0-alias-up.sh, -down.sh and -status.sh. Sourced, never run.
#
# macOS gives lo0 only the address 127.0.0.1; every other one of 127.0.0.0/8 must be an alias
# before a program can bind it. Addresses are handled as integers (127.0.0.1 is 2130706433) and
# ranges as lines "first last", so that a /16 costs one line until its addresses are needed.
#
# The caller sets: lo0_me (its name, for messages), lo0_options (the options it takes), lo0_dir
# (the folder of these scripts), and defines lo0_usage.
# shellcheck disable=SC2154

lo0_label=slash8.lo0-alias
lo0_most=65536

lo0_say() {
	printf '%s: %s\n' "$lo0_me" "$1" >&2
}

# lo0_die STATUS MESSAGE
lo0_die() {
	lo0_say "$2"
	exit "$1"
}

# Reads the arguments. Sets lo0_tmp (a folder, removed at exit) with the file `ranges` in it:
# "first last", ascending, disjoint, within 127.0.0.1 to 127.255.255.254.
lo0_parse() {
	lo0_dry_run=no
	lo0_launchd=no
	lo0_launchd_dir=/Library/LaunchDaemons
	lo0_tmp=$(mktemp -d) || exit 1
	trap 'rm -rf "$lo0_tmp"' EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	: >"$lo0_tmp/texts"
	lo0_asked=no
	while [ $# -gt 0 ]; do
		case $1 in
		-h | --help)
			lo0_usage
			exit 0
			;;
		-*)
			case " $lo0_options " in
			*" $1 "*) ;;
			*) lo0_die 2 "unknown option $1; see $lo0_me --help" ;;
			esac
			case $1 in
			--dry-run) lo0_dry_run=yes ;;
			--launchd) lo0_launchd=yes ;;
			--launchd-dir)
				[ $# -ge 2 ] || lo0_die 2 "--launchd-dir needs a folder"
				[ -d "$2" ] || lo0_die 2 "--launchd-dir $2: there is no such folder; create it, or give another one"
				lo0_launchd_dir=$2
				shift
				;;
			--scenario)
				[ $# -ge 2 ] || lo0_die 2 "--scenario needs a file"
				lo0_asked=yes
				lo0_plan "$2" >>"$lo0_tmp/texts" ||
					lo0_die 2 "slash8 plan --aliases $2 failed, so the addresses are not known"
				shift
				;;
			esac
			;;
		*)
			lo0_asked=yes
			printf '%s\n' "$1" >>"$lo0_tmp/texts"
			;;
		esac
		shift
	done
	lo0_numbers <"$lo0_tmp/texts" >"$lo0_tmp/numbers" || exit 2
	sort -n -k 1,1 "$lo0_tmp/numbers" | lo0_merge >"$lo0_tmp/ranges"
}

# Requires that an address, range or scenario was given.
lo0_need_addresses() {
	[ "$lo0_asked" = yes ] ||
		lo0_die 2 "no address given; give some, or --scenario FILE; see $lo0_me --help"
}

# lo0_plan FILE: the addresses that a scenario needs, one range or address per line.
lo0_plan() {
	if command -v slash8 >/dev/null; then
		slash8 plan --aliases "$1"
	elif [ -f "$lo0_dir/../../dist/cli/main.js" ]; then
		node "$lo0_dir/../../dist/cli/main.js" plan --aliases "$1"
	else
		lo0_say "slash8 is neither on PATH nor built here (npm ci)"
		return 1
	fi
}

# Converts lines "127.1.0.1", "127.1.0.1-127.1.0.9" or "127.1.0.0/24" to lines "first last". Reports
# every wrong line, and fails after the last. The first and the last address of 127.0.0.0/8 are
# left out: they are the network's own.
lo0_numbers() {
	awk -v me="$lo0_me" '
		function number(text,   part, i, n) {
			if (text !~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/) return -1
			split(text, part, ".")
			for (i = 1; i <= 4; i++) {
				if (part[i] !~ /^(0|[1-9][0-9]*)$/ || part[i] + 0 > 255) return -1
				n = n * 256 + part[i]
			}
			return n
		}
		function address(n) {
			return int(n / 16777216) "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256
		}
		function wrong(why) {
			print me ": \"" $0 "\" " why | "cat >&2"
			bad = 1
		}
		{ sub(/^[ \t]+/, ""); sub(/[ \t\r]+$/, "") }
		$0 == "" { next }
		{
			if (index($0, "/")) {
				slash = index($0, "/")
				bits = substr($0, slash + 1)
				first = number(substr($0, 1, slash - 1))
				if (first < 0 || bits !~ /^[0-9]+$/ || bits + 0 > 32) {
					wrong("is not a CIDR such as 127.1.0.0/24"); next
				}
				size = 2 ^ (32 - bits)
				if (first % size != 0) {
					wrong("has bits set after its prefix; is " address(first - first % size) "/" bits " meant?")
					next
				}
				last = first + size - 1
			} else {
				parts = split($0, end, "-")
				first = number(end[1])
				last = number(end[parts])
				if (parts > 2 || first < 0 || last < 0) {
					wrong("is not an address, a range a-b or a CIDR, such as 127.1.0.1, 127.1.0.1-127.1.0.9, 127.1.0.0/24")
					next
				}
				if (first > last) { wrong("ends before it starts"); next }
			}
			if (first < 2130706432 || last > 2147483647) {
				wrong("is outside 127.0.0.0/8; only loopback addresses can be added to lo0"); next
			}
			if (first == 2130706432) first++
			if (last == 2147483647) last--
			if (first > last) { wrong("is a broadcast address, which no program can bind"); next }
			printf "%d %d\n", first, last
		}
		END { exit bad ? 2 : 0 }
	'
}

# Merges overlapping and adjacent "first last" lines, which are sorted.
lo0_merge() {
	awk '
		NR > 1 && $1 <= last + 1 { if ($2 > last) last = $2; next }
		NR > 1 { printf "%d %d\n", first, last }
		{ first = $1; last = $2 }
		END { if (NR) printf "%d %d\n", first, last }
	'
}

# Refuses more aliases than is reasonable on an interface.
lo0_limit() {
	lo0_count=$(awk '{ n += $2 - $1 + 1 } END { printf "%d\n", n }' "$lo0_tmp/ranges")
	[ "$lo0_count" -le "$lo0_most" ] ||
		lo0_die 2 "$lo0_count addresses are more than the $lo0_most allowed on lo0; give a smaller range"
}

# Writes the IPv4 addresses that lo0 has to the file `existing`, with one call.
lo0_read_existing() {
	ifconfig lo0 >"$lo0_tmp/ifconfig" 2>"$lo0_tmp/error" || {
		cat "$lo0_tmp/error" >&2
		lo0_die 1 "ifconfig cannot read lo0. These scripts are for macOS; Linux answers on all of 127.0.0.0/8 without aliases"
	}
	awk '$1 == "inet" { print $2 }' "$lo0_tmp/ifconfig" >"$lo0_tmp/existing"
}

# Prints the requested addresses that lo0 lacks, one per line.
lo0_missing() {
	awk '
		kind == "existing" { have[$1]; next }
		{
			for (n = $1; n <= $2; n++) {
				text = int(n / 16777216) "." int(n / 65536) % 256 "." int(n / 256) % 256 "." n % 256
				if (!(text in have)) print text
			}
		}
	' kind=existing "$lo0_tmp/existing" kind=wanted "$lo0_tmp/ranges"
}

# Prints the requested addresses that lo0 has, one per line, without 127.0.0.1.
lo0_present() {
	awk '
		kind == "wanted" { first[++ranges] = $1; last[ranges] = $2; next }
		$1 != "127.0.0.1" {
			split($1, part, ".")
			n = ((part[1] * 256 + part[2]) * 256 + part[3]) * 256 + part[4]
			for (i = 1; i <= ranges; i++) if (first[i] <= n && n <= last[i]) print $1
		}
	' kind=wanted "$lo0_tmp/ranges" kind=existing "$lo0_tmp/existing"
}

# lo0_change up|down FILE: adds the addresses in FILE to lo0 or removes them, and installs or
# removes the launchd job if requested. Calls sudo once, or never when there is nothing to do.
lo0_change() {
	lo0_job=none
	[ "$lo0_launchd" = yes ] && lo0_job=$1
	lo0_plist=$lo0_launchd_dir/$lo0_label.plist
	lo0_total=$(($(wc -l <"$2")))
	if [ "$lo0_job" = up ]; then lo0_job_text >"$lo0_tmp/plist"; fi
	if [ "$lo0_dry_run" = yes ]; then
		lo0_show "$1" "$2"
	elif [ "$lo0_total" -eq 0 ] && [ "$lo0_job" = none ]; then
		:
	elif [ "$(id -u)" -eq 0 ]; then
		lo0_privileged "$1" "$lo0_total" "$lo0_job" "$lo0_tmp/plist" "$lo0_plist" <"$2"
	else
		command -v sudo >/dev/null || lo0_die 1 "this needs root, and sudo is not installed; run it as root"
		# The script is the inner sh's, so its $1 is not ours; the list is read as the user, as intended.
		# shellcheck disable=SC2016,SC2024
		sudo sh -c '. "$1"; lo0_me=$2; shift 2; lo0_privileged "$@"' sh \
			"$lo0_dir/lo0-alias-lib.sh" "$lo0_me" \
			"$1" "$lo0_total" "$lo0_job" "$lo0_tmp/plist" "$lo0_plist" <"$2"
	fi
}

# lo0_show up|down FILE: the commands that lo0_change would run.
lo0_show() {
	lo0_sudo=
	[ "$(id -u)" -eq 0 ] || lo0_sudo='sudo '
	if [ "$1" = up ]; then
		sed "s/.*/${lo0_sudo}ifconfig lo0 alias & up/" "$2"
	else
		sed "s/.*/${lo0_sudo}ifconfig lo0 -alias &/" "$2"
	fi
	case $lo0_job in
	up)
		printf "%stee '%s' >/dev/null <<'PLIST'\n" "$lo0_sudo" "$lo0_plist"
		cat "$lo0_tmp/plist"
		printf 'PLIST\n'
		printf "%slaunchctl bootstrap system '%s'\n" "$lo0_sudo" "$lo0_plist"
		;;
	down)
		printf '%slaunchctl bootout system/%s\n' "$lo0_sudo" "$lo0_label"
		printf "%srm -f '%s'\n" "$lo0_sudo" "$lo0_plist"
		;;
	esac
}

# lo0_privileged up|down TOTAL JOB NEW_PLIST PLIST: the part that needs root. The addresses arrive on
# standard input, TOTAL of them; JOB is none, up or down. Fails when any part of it failed.
lo0_privileged() {
	lo0_verb=$1
	lo0_total=$2
	lo0_done=0
	lo0_failed=0
	lo0_status=0
	while IFS= read -r lo0_address; do
		if [ "$lo0_verb" = up ]; then
			lo0_answer=$(ifconfig lo0 alias "$lo0_address" up 2>&1 </dev/null)
		else
			lo0_answer=$(ifconfig lo0 -alias "$lo0_address" 2>&1 </dev/null)
		fi || {
			lo0_failed=$((lo0_failed + 1))
			lo0_say "$lo0_address failed: $lo0_answer"
		}
		lo0_done=$((lo0_done + 1))
		if [ $((lo0_done % 256)) -eq 0 ]; then lo0_say "$lo0_done of $lo0_total"; fi
	done
	if [ "$lo0_failed" -gt 0 ]; then
		lo0_say "$lo0_failed of $lo0_total failed"
		lo0_status=1
	fi
	if [ "$3" != none ]; then lo0_change_job "$3" "$4" "$5" || lo0_status=1; fi
	return "$lo0_status"
}

# lo0_change_job up|down NEW_PLIST PLIST
lo0_change_job() {
	if launchctl print "system/$lo0_label" >/dev/null 2>&1; then
		launchctl bootout "system/$lo0_label" || {
			lo0_say "launchctl cannot end the job $lo0_label"
			return 1
		}
	fi
	if [ "$1" = down ]; then
		rm -f "$3" || return 1
		lo0_say "removed the launchd job $3"
		return 0
	fi
	# launchd refuses a job that other users may write.
	cp "$2" "$3" && chmod 644 "$3" || return 1
	launchctl bootstrap system "$3" || {
		lo0_say "launchctl did not accept the job $3"
		return 1
	}
	lo0_say "installed the launchd job $3"
}

# The launchd job, run at every start of the machine. It contains its ranges and its program: a job
# run by root must not run a file that a user can change, and the project may move.
lo0_job_text() {
	cat <<-HEAD
		<?xml version="1.0" encoding="UTF-8"?>
		<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
		<plist version="1.0">
		<dict>
		<key>Label</key>
		<string>$lo0_label</string>
		<key>RunAtLoad</key>
		<true/>
		<key>LaunchOnlyOnce</key>
		<true/>
		<key>ProgramArguments</key>
		<array>
		<string>/bin/sh</string>
		<string>-c</string>
	HEAD
	# Contains no "<" and "&", so that it needs no escapes in XML.
	cat <<-'PROGRAM'
		<string>for range do
		n=${range%-*}
		while [ "$n" -le "${range#*-}" ]; do
		ifconfig lo0 alias "$((n / 16777216)).$((n / 65536 % 256)).$((n / 256 % 256)).$((n % 256))" up
		n=$((n + 1))
		done
		done</string>
	PROGRAM
	printf '<string>%s</string>\n' "$lo0_label"
	# 127.0.0.1 belongs to the system.
	awk '
		$1 == 2130706433 { $1++ }
		$1 <= $2 { printf "<string>%d-%d</string>\n", $1, $2 }
	' "$lo0_tmp/ranges"
	printf '</array>\n</dict>\n</plist>\n'
}
