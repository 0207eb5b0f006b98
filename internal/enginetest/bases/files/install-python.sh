#!/bin/sh
# Debian's Python under the names of the official image, with pip from PyPI: Debian's
# own pip cannot be upgraded, as Dockerfiles like to do. As in the official images, there
# is libpython for programs that embed Python, and the slim one has Python's headers and
# no others.
set -e
apt-get update
apt-get install -y --no-install-recommends python3 python3-pip python3-venv
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
apt-get install -y --no-install-recommends "libpython$version"
if [ -e /usr/include/stdlib.h ]; then
	apt-get install -y --no-install-recommends python3-dev
else
	(cd /tmp && apt-get download "libpython$version-dev" && dpkg-deb --fsys-tarfile libpython*.deb | tar -x -C / ./usr/include && rm libpython*.deb)
fi
rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 /usr/local/bin/python3
ln -s python3 /usr/local/bin/python
pip install -q --ignore-installed --no-cache-dir --cert /etc/ssl/certs/ca-certificates.crt pip setuptools wheel
apt-get purge -qq -y --auto-remove python3-pip python3-setuptools python3-wheel
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nroot-user-action = ignore\n' >/etc/pip.conf
modules=$(python3 -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp /files/standin_poetry.py "$modules/"
echo 'import standin_poetry' >"$modules/standin_poetry.pth"
