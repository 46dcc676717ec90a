#!/bin/sh
# Installs what the browser and document tests need, on Debian and its relatives, as root.
set -eu
present() {
    command -v chromium && command -v soffice && command -v pdftotext || return 1
    for font in 'Noto Serif CJK' 'Liberation Serif'; do
        fc-list | grep -q "$font" || return 1
    done
}
if present >/dev/null 2>&1; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "没有安装齐 Chromium、LibreOffice 和字体:浏览器和文档的部分测试将跳过或失败。" >&2
    exit 0
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk fonts-liberation fontconfig libreoffice-writer-nogui poppler-utils >/dev/null
