#!/bin/sh
# Fills .venv from the lock file with hashes. Needs Python 3.11 or newer and nothing else.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}

if ! "$PYTHON" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "需要 Python 3.11 或更高版本。请安装后重试，或用 make PYTHON=python3.11 指定解释器。" >&2
    echo "Python 3.11 or newer is needed; name another interpreter with make PYTHON=python3.11" >&2
    exit 1
fi
if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c '' 2>/dev/null; then
    echo "正在建立虚拟环境 .venv …"
    rm -rf .venv
    if ! "$PYTHON" -m venv .venv; then
        rm -rf .venv
        echo "无法建立虚拟环境：这个 Python 缺少 venv 或 ensurepip（Debian、Ubuntu 上请先安装 python3-venv）。" >&2
        exit 1
    fi
fi
echo "正在安装依赖（按锁定文件逐一校验）…"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
