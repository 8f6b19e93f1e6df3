# wdsocket for Tcl: source this file; wd::SocketWrite till [encoding convertto utf-8 "one tea"] and so on, with the header's names.
#
# The commands are those of the extension in wdsocket_tcl.c, which says how they treat text and bytes. What is here beside them:
# wd::SocketWriteText and wd::SocketReadText, for messages that are text in UTF-8.

namespace eval wd {
    variable extension [expr {[info exists env(WDSOCKET_TCL)] ? $env(WDSOCKET_TCL)
        : [file join [file dirname [info script]] wdsocket_tcl[info sharedlibextension]]}]
    if {![file exists $extension]} {
        error "wdsocket: there is no $extension: compile wdsocket_tcl.c, or set WDSOCKET_TCL to where it is"
    }
    load $extension Wdsocket

    proc SocketWriteText {name text} { SocketWrite $name [encoding convertto utf-8 $text] }
    proc SocketReadText {args} { encoding convertfrom utf-8 [SocketRead {*}$args] }
}
