#!/bin/sh
# Debian's Python and node with the libraries that they are linked with, below /out, at
# the paths that they have in distroless images.
set -e
apt-get update
apt-get install -y --no-install-recommends nodejs python3
version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')

# libraries FILE... DIRECTORY: what the files are linked with.
libraries() {
	for last; do :; done
	ldd "$@" 2>/dev/null | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u | while read -r lib; do
		mkdir -p "$last$(dirname "$(readlink -f "$lib")")"
		cp -L "$lib" "$last$(dirname "$(readlink -f "$lib")")/$(basename "$lib")"
	done
}

mkdir -p /out/python/usr/bin /out/python/usr/lib /out/node/nodejs/bin
cp -a "/usr/bin/python$version" /out/python/usr/bin/
ln -s "python$version" /out/python/usr/bin/python3
ln -s "python$version" /out/python/usr/bin/python
cp -a "/usr/lib/python$version" /out/python/usr/lib/
libraries "/usr/bin/python$version" "/usr/lib/python$version"/lib-dynload/*.so /out/python
cp -a /usr/bin/node /out/node/nodejs/bin/
libraries /usr/bin/node /out/node
mkdir -p /out/node/usr/share
cp -aL /usr/share/nodejs /out/node/usr/share/ # Debian's node loads modules of its own from there
