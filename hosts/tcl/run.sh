needs=(tclsh:tcl gcc)
ready() { [ -e /usr/include/tcl8.6/tcl.h ] && echo 'package require Thread' | tclsh 2>&1 | (! grep -q .); }
obtain() { apt_install tcl8.6-dev tcl-thread; }
prepare() {
    gcc -std=c11 -Wall -Wextra -Werror -shared -fPIC -O2 -I/usr/include/tcl8.6 wdsocket_tcl.c -o "$built/wdsocket_tcl.so" -ldl
}
demo() { WDSOCKET_TCL=$built/wdsocket_tcl.so exec tclsh demo.tcl "$@"; }
mistakes() { WDSOCKET_TCL=$built/wdsocket_tcl.so exec tclsh mistakes.tcl "$@"; }
