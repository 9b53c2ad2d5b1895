#!/bin/sh
# SPDX-License-Identifier: MIT
#
# websocketd-port.sh NAME -- Prints the port of a websocketd of this instance.
#
# It is chosen once and kept in INSTANCE/run/NAME.port, and chosen anew when
# somebody else has it by now; the exit status is 1 where it is new.
set -u
file=$PARLEY_INSTANCE/run/$1.port
tool=$PARLEY_BUILD/parleyctl

port=$(cat "$file" 2>/dev/null)
if "$tool" port 127.0.0.1 "${port:-0}" 2>/dev/null; then
	echo "$port"
	exit 0
fi
port=$("$tool" port --free) && echo "$port" >"$file.new" &&
    mv "$file.new" "$file" || exit 2
echo "$port"
exit 1
