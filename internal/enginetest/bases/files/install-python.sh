#!/bin/sh
# Debian's Python under the names of the official image, with pip from PyPI: Debian's
# own pip cannot be upgraded, as Dockerfiles like to do.
set -e
apt-get update
apt-get install -y --no-install-recommends python3 python3-dev python3-pip python3-venv
rm -rf /var/lib/apt/lists/* /usr/lib/python3*/EXTERNALLY-MANAGED
ln -s /usr/bin/python3 /usr/local/bin/python3
ln -s python3 /usr/local/bin/python
pip install -q --ignore-installed --no-cache-dir --cert /etc/ssl/certs/ca-certificates.crt pip setuptools wheel
apt-get purge -qq -y --auto-remove python3-pip python3-setuptools python3-wheel
printf '[global]\ncert = /etc/ssl/certs/ca-certificates.crt\nroot-user-action = ignore\n' >/etc/pip.conf
