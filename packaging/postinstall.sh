#!/bin/sh
# Makes the daemon's user and the folder that Postfix reaches its sockets in.
set -e
getent passwd sealpost >/dev/null || useradd --system --home-dir /var/lib/sealpost --no-create-home --shell /usr/sbin/nologin sealpost
# Keys of tables and bundles: readable by the daemon, and nobody else.
install -d -m 0750 -o root -g sealpost /etc/sealpost/keys
if getent group postfix >/dev/null && [ -d /var/spool/postfix ]; then
	install -d -m 2750 -o sealpost -g postfix /var/spool/postfix/sealpost
fi
if [ -d /run/systemd/system ]; then systemctl daemon-reload || true; fi
echo "sealpost: edit /etc/sealpost/sealpost.yaml, then: systemctl enable --now sealpost; sealpost setup postfix"
