# SPDX-License-Identifier: MIT
#
# settings.sh -- What lighttpd.conf needs to know of the instance, made from the
# $config_… that `parleyctl config --shell` set.  Sourced.

quoted() { printf '"%s"' "$(printf %s "$1" | sed 's/[\\"]/\\&/g')"; }

websocketd_list() {
	i=1
	while [ "$i" -le "$config_websocket_processes" ]; do
		port=$(cat "$PARLEY_INSTANCE/run/websocketd-$i.port" 2>/dev/null) &&
		    printf '( "host" => "127.0.0.1", "port" => %d ), ' "$port"
		i=$((i + 1))
	done
}

proxy_list() {
	for proxy in $(echo "$config_trusted_proxies" | tr ',' ' '); do
		printf '%s => "trust", ' "$(quoted "$proxy")"
	done
}

# A path in the settings is meant from the instance, unless it is absolute.
instance_path() {
	case $1 in
	/*) echo "$1" ;;
	*) echo "$PARLEY_INSTANCE/$1" ;;
	esac
}

# The plain port beside HTTPS.
redirect_port() {
	if [ "$config_tls_redirect_port" != 0 ]; then
		echo "$config_tls_redirect_port"
	elif [ "$config_http_port" = 443 ]; then
		echo 80
	else
		echo "$((config_http_port + 1))"
	fi
}

lighttpd_settings() {
	case $config_http_bind in
	*:*) listen="[$config_http_bind]" ;;
	*) listen=$config_http_bind ;;
	esac
	tls=plain.conf redirect=plain.conf https_port= redirect_port=
	if [ "$config_tls_certificate" ]; then
		tls=tls.conf
		redirect=redirect.conf
		redirect_port=$(redirect_port)
		[ "$config_http_port" = 443 ] || https_port=:$config_http_port
	fi
	assets=$("$PARLEY_BUILD/parleyctl" assets "$PARLEY_BUILD/static") || return
	cat <<-CONF
	home = $(quoted "$PARLEY_HOME")
	build = $(quoted "$PARLEY_BUILD")
	run = $(quoted "$PARLEY_INSTANCE/run")
	tmp = $(quoted "$PARLEY_INSTANCE/tmp")
	assets = $(quoted "$assets")
	bind = $(quoted "$listen")
	port = $config_http_port
	max_fds = $(ulimit -n)
	silence = $((3 * config_websocket_heartbeat_s))
	websocketd = ( $(websocketd_list) )
	trusted_proxies = ( $(proxy_list) )
	tls = "$tls"
	tls_certificate = $(quoted "$(instance_path "$config_tls_certificate")")
	tls_key = $(quoted "$(instance_path "$config_tls_key")")
	tls_redirect = "$redirect"
	https_port = "$https_port"
	redirect_socket = $(quoted "$listen:$redirect_port")
	CONF
}
