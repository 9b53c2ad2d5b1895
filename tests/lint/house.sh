#!/bin/sh
# SPDX-License-Identifier: MIT
#
# house.sh -- The rules of the house that no compiler knows.
#
# Arrows between rooms point down only, foreign headers and SQL stay in theirs,
# templates print nothing unescaped, and every source says what it is.  Each
# rule is one call; a line it prints is a line that breaks it.
set -u
cd "$(dirname "$0")/../.." || exit
said=$(mktemp) || exit
trap 'rm -f "$said"' EXIT

# Every call ends a pipe, so in a process of its own: what is broken is told by
# what was said.
rule() {	# TEXT, then what broke it on standard input
	broken=$(cat)
	[ -z "$broken" ] || printf '%s:\n%s\n' "$1" "$broken" | tee -a "$said"
}

sources() { find "$@" -name '*.[ch]' | sort; }
includes() {	# PATTERN of the included, then files
	pattern=$1
	shift
	grep -nE "^#include [<\"]($pattern)" "$@" /dev/null
}
contexts=$(find lib -mindepth 1 -maxdepth 1 -type d -printf '%f\n' |
    grep -vxE 'base|data|web' | paste -sd '|')

includes "($contexts|data|web)/" $(sources lib/base) |
    rule 'lib/base knows nobody'
includes "($contexts|web)/" $(sources lib/data) |
    rule 'lib/data knows lib/base alone'
includes "($contexts|data/(db|redis|bus))" $(sources lib/web) |
    rule 'lib/web knows neither contexts nor engines'
for context in $(echo "$contexts" | tr '|' ' '); do
	others=$(echo "$contexts" | tr '|' '\n' | grep -vx "$context" | paste -sd '|')
	includes "($others)/(store|rules)" $(sources "lib/$context")
done | rule "a context asks another by its public header"
includes 'data/(db|redis|bus)' $(sources cgi-bin) |
    grep -v '^cgi-bin/health/' |
    rule 'a page program but health asks use cases, not engines'
includes '(mysql|mysqld_error|errmsg|hiredis|mariadb|librdkafka)' $(sources lib cgi-bin daemons) |
    grep -v '^lib/data/' | rule 'mysql.h and hiredis.h stay in lib/data'
includes '(fcgi|fcgiapp|ClearSilver|cs/|util/neo)' $(sources lib cgi-bin daemons) |
    grep -v '^lib/web/' | rule 'fcgiapp.h and ClearSilver.h stay in lib/web'
includes '(qrencode)' $(sources lib cgi-bin daemons) |
    grep -v '^lib/web/' | rule 'qrencode.h stays in lib/web'
includes '(utf8proc)' $(sources lib cgi-bin daemons) |
    grep -v '^lib/base/' | rule 'utf8proc.h stays in lib/base'

grep -nE '"(SELECT|INSERT|UPDATE|DELETE|REPLACE) ' $(sources lib cgi-bin daemons) |
    grep -vE '^lib/(data/|[a-z]+/store)' | rule 'SQL stays in store_*.c'

for table in $(grep -rhoE '\b\w+_statements\(size_t' lib --include='*.h' | cut -d '(' -f 1); do
	grep -qw "$table" tests/unit/statements_test.c || echo "$table"
done | rule 'statements_test.c prepares every table of statements'

# The one place that prints raw is a message's text, which render.c sanitised.
grep -rnE '<\?cs *(uvar|alt|lvar|evar) *:' templates |
    grep -v '^templates/partials/body.cst:' |
    rule 'templates print escaped, by var:'
grep -rnE ' [a-z-]+=<\?cs' templates |
    rule 'attributes are quoted'
find templates -name '*.cst' | sort | while read -r file; do
	sed 's/<?cs[^?]*?>//g' "$file" |
	    grep -niE '<script[^>]*>[^<]|<[^>]* (style|on[a-z]+)=' |
	    sed "s|^|$file:|"
done | rule 'no script, style or handler inside a page'

grep -o ' id="[a-z]*"' static/icons.svg | sort | uniq -d |
    rule 'an icon has one shape'

for file in $(sources lib cgi-bin daemons); do
	sed -n 1p "$file" | grep -q 'SPDX-License-Identifier: MIT' &&
	    sed -n 2,4p "$file" | grep -q -- ' -- ' || echo "$file"
done | rule 'a file opens with its licence and what it is'

grep -rnE '\b(TODO|FIXME|XXX|HACK)\b' lib cgi-bin daemons templates static sql deploy \
    --include='*.*' | rule 'nothing is left to do'

for file in $(sources lib cgi-bin daemons tests/[!n]*) \
    $(find tests/[!n]* static -name '*.mjs' -o -name '*.js'); do
	n=$(wc -l <"$file")
	[ "$n" -le 450 ] || echo "$file: $n lines"
done | rule 'one idea a file: 400 lines, and a little'

[ ! -s "$said" ]
