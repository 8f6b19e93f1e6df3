#!/bin/bash
# hosts/pascal/windows.sh FOLDER   builds the program for Windows with Free Pascal: FOLDER/x86_64/demo.exe, FOLDER/i686/demo.exe
#
# Debian's Free Pascal is for the machine itself, so its run-time library for Windows and its compiler for 32 bits are
# made from its sources, once, in the folder FOLDER/made. Takes about half a minute.
set -eu -o pipefail
. "$(dirname "$0")/../../scripts/install.sh"
install_programs fpc:fp-compiler
[ -d /usr/share/fpcsrc ] || apt_install fpc-source
mkdir -p "$1"
folder=$(cd "$1" && pwd)
made=$folder/made
cd "$(dirname "$0")"

version=$(fpc -iV)
source=/usr/share/fpcsrc/$version
quiet="-v0 -O1"
log=$folder/log

# The compiler that makes 32 bits.
compiler() {
    local messages
    messages=$(dirname "$(readlink -f "$(command -v ppcx64)")")/msg
    [ -d "$messages" ] || messages=$(ls -d /usr/lib/*/fpc/"$version"/msg | head -n 1)
    cp -r "$source/compiler" "$made/compiler" && cd "$made/compiler" && mkdir "$made/units" &&
        ppcx64 $quiet -FU"$made" -FE"$made" utils/msg2inc.pp && "$made/msg2inc" "$messages/errore.msg" msg msg &&
        ppcx64 $quiet -di386 -dNOOPT -Fui386 -Fux86 -Fusystems -Fii386 -Fix86 -Fi. \
            -FU"$made/units" -FE"$made/units" -o"$made/ppcross386" pp.pas
}

# run_time COMPILER SYSTEM PROCESSOR: its units.
run_time() {
    local units=$made/$2 options
    options="-T$2 -n $quiet -Fi. -Fi../inc -Fi../$3 -Fi../win -Fi../win/wininc -Fi../objpas -Fi../objpas/sysutils
        -Fi../objpas/classes -FU$units -FE$units"
    mkdir "$units" && cd "$source/rtl/$2" && "$1" $options -Us -Sg system.pp &&
        "$1" $options -Fu. -Fu../win -Fu../inc -Fu"../$3" -Fu../objpas -Fu../win32 buildrtl.pp
}

# program COMPILER SYSTEM MACHINE
program() {
    mkdir -p "$folder/$3"
    "$1" -T"$2" -n $quiet -Mdelphi -Fu"$made/$2" -FU"$folder/$3" -FE"$folder/$3" demo.pas
}

if [ ! -e "$made/ready" ]; then
    rm -rf "$made"
    mkdir "$made"
    { (compiler) && (run_time ppcx64 win64 x86_64) && (run_time "$made/ppcross386" win32 i386); } >"$log" 2>&1 ||
        { tail -n 20 "$log" >&2; exit 1; }
    touch "$made/ready"
fi
program ppcx64 win64 x86_64 >"$log" 2>&1 && program "$made/ppcross386" win32 i686 >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; exit 1; }
