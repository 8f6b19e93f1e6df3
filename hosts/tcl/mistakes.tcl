# What goes wrong first, and what the answer is: mistakes.tcl PORT of a server that greets.
fconfigure stdout -encoding utf-8
if {[catch {source [file join [file dirname [info script]] wdsocket.tcl]} text]} {
    puts $text
    exit 1
}

proc refused {what args} {
    puts "$what: [expr {[catch {{*}$args} text] ? $text : "was not refused"}]"
}

wd::SocketConnect till [lindex $argv 0] 127.0.0.1 20000
wd::SocketWriteText till "Gr\u00fc\u00dfe"
puts "accents: [wd::SocketReadText till 0 20000]"
wd::SocketWrite till a\0b
puts "zero inside: [string map {\0 \\0} [wd::SocketRead till 0 20000]]"
wd::SocketWrite till [string repeat x 65536]
puts "large: [string length [wd::SocketRead till 0 20000]]"
refused "wide characters" wd::SocketWrite till \u20ac
refused "zero in a name" wd::SocketWrite ti\0ll x
refused "blank behind a name" wd::SocketWrite "till " x
refused "wrong port" wd::SocketConnect other 1 127.0.0.1
refused "no port" wd::SocketConnect other 70000 127.0.0.1
