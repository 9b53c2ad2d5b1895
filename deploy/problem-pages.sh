#!/bin/sh
# SPDX-License-Identifier: MIT
#
# problem-pages.sh FROM TO -- Makes lighttpd's own error pages.
#
# Of each line of FROM/errors.txt: TO/page-STATUS.html, for people, and
# TO/problem-STATUS.html, the same as problem+json (lighttpd wants the name).
set -eu
from=$1
to=$2
mkdir -p "$to"
grep -v '^#' "$from/errors.txt" | while IFS='|' read -r status code title detail; do
	sed -e "s/@STATUS@/$status/; s/@TITLE@/$title/; s/@DETAIL@/$detail/" \
	    "$from/page.html" >"$to/page-$status.html"
	printf '{"type":"about:blank","title":"%s","status":%s,"detail":"%s","code":"%s"}\n' \
	    "$title" "$status" "$detail" "$code" >"$to/problem-$status.html"
done
