#!/bin/sh
# Installs what the browser and document tests need, on Debian and its relatives, as root.
set -eu
if command -v chromium >/dev/null 2>&1 && command -v soffice >/dev/null 2>&1 && fc-list | grep -q 'Noto Serif CJK'; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "没有安装 Chromium:浏览器测试将跳过。" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fontconfig libreoffice-writer-nogui poppler-utils >/dev/null
