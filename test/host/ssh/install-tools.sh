#!/bin/sh
# Installs what the tests of SSH and of real files need and this Debian machine lacks. Runs once at a time.
set -eu
exec 9>/run/lock/kbs-ssh-tools
flock 9
lacks=
need() { [ -x "$1" ] || lacks="$lacks $2"; }
need /usr/sbin/sshd openssh-server
need /usr/bin/ssh-agent openssh-client
need /usr/bin/sudo sudo
need /usr/bin/doas opendoas
need /usr/bin/socat socat
need /usr/sbin/setcap libcap2-bin
need /usr/bin/fish fish
need /usr/bin/tcsh tcsh
[ -n "$lacks" ] || exit 0
apt-get update -qq
# shellcheck disable=SC2086 # a list of words
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $lacks
