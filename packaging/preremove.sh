#!/bin/sh
# Mail must not meet a gateway that is gone: say what to do, and stop.
set -e
if command -v postconf >/dev/null 2>&1 && postconf -h smtpd_milters 2>/dev/null | grep -q sealpost; then
	echo "sealpost: Postfix still asks this gateway; mail will wait until you run: sealpost setup postfix --undo" >&2
fi
if [ "$1" != upgrade ] && [ "$1" != 1 ] && [ -d /run/systemd/system ]; then systemctl disable --now sealpost || true; fi
