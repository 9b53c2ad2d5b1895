#!/bin/sh
# SPDX-License-Identifier: MIT
#
# install-packages.sh LIST... -- Installs the Debian packages that are missing.
#
# A list names a package a line, and may name a command that will do as well.
# Only what is missing is installed, by root or by sudo, without recommended
# packages.  Some of them start a service of their own when installed: a
# policy-rc.d of ours forbids it meanwhile (one that was there comes back), and
# what they enabled for the next boot is disabled again.  Services that were
# there before are not touched.
set -eu

say() { echo "install-packages: $*" >&2; }
die() { say "$*"; exit 1; }

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing() {	# of the lists given, as package names
	cat "$@" | while read -r package command _; do
		case $package in ''|'#'*) continue ;; esac
		[ -n "$command" ] && command -v "$command" >/dev/null && continue
		is_installed "$package" || echo "$package"
	done
}

installed() { dpkg-query -W -f '${Package}\n' | sort -u; }

# -- as root -------------------------------------------------------------------

policy=/usr/sbin/policy-rc.d

restore_policy() {
	rm -f "$policy"
	[ ! -e "$work/policy" ] || cp -a "$work/policy" "$policy"
	rm -rf "$work"
}

disable_new_services() {
	installed >"$work/after"
	comm -13 "$work/before" "$work/after" | while read -r package; do
		dpkg -L "$package" 2>/dev/null | while read -r file; do
			case $file in
			/lib/systemd/system/*.service|/usr/lib/systemd/system/*.service)
				deb-systemd-helper disable "${file##*/}" \
				    >/dev/null 2>&1 || true ;;
			/etc/init.d/?*)
				update-rc.d "${file##*/}" disable \
				    >/dev/null 2>&1 || true ;;
			esac
		done
	done
}

install_as_root() {
	work=$(mktemp -d)
	[ ! -e "$policy" ] || cp -a "$policy" "$work/policy"
	trap restore_policy EXIT
	trap 'exit 1' HUP INT TERM
	rm -f "$policy"
	printf '#!/bin/sh\nexit 101\n' >"$policy"
	chmod 755 "$policy"
	installed >"$work/before"
	export DEBIAN_FRONTEND=noninteractive
	if ! { apt-get -q update && apt-get -q -y \
	    -o DPkg::Lock::Timeout=600 -o Dpkg::Options::=--force-confold \
	    --no-install-recommends install "$@"; } >"$work/log" 2>&1 </dev/null
	then
		disable_new_services
		tail -n 15 "$work/log" >&2
		die "apt-get could not install: $*"
	fi
	disable_new_services
}

# ------------------------------------------------------------------------------

if [ "${1-}" = --as-root ]; then
	shift
	install_as_root "$@"
	exit 0
fi

[ $# -gt 0 ] || die "usage: install-packages.sh LIST..."
command -v dpkg-query >/dev/null ||
    die "this is no Debian; install by hand what $* name"
packages=$(missing "$@" | sort -u)
[ -n "$packages" ] || exit 0
# shellcheck disable=SC2086 -- package names, split on purpose
set -- $packages
say "installing $*"
if [ "$(id -u)" = 0 ]; then
	"$0" --as-root "$@"
elif command -v sudo >/dev/null; then
	sudo "$0" --as-root "$@" || die "sudo could not install: $*"
else
	die "packages are missing, and there is no sudo; as root: apt-get install --no-install-recommends $*"
fi
