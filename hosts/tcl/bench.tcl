# An echo of 64 bytes: bench.tcl PORT ROUNDS.
source [file join [file dirname [info script]] wdsocket.tcl]

lassign $argv port rounds
set data [string repeat x 64]
set own [socket 127.0.0.1 $port]
fconfigure $own -translation binary -buffering none
wd::SocketConnect echo $port 127.0.0.1
wd::SocketChangeTransmissionMode echo $wd::SocketNoEndTag {}
proc own {} { puts -nonewline $::own $::data; read $::own 64 }
proc wdsocket {} { wd::SocketWrite echo $::data; wd::SocketRead echo 1 }
foreach which {own wdsocket} { set best($which) 1e9 }
for {set turn 0} {$turn < 5} {incr turn} {
    foreach which {own wdsocket} {
        set each [lindex [time $which $rounds] 0]
        if {$each < $best($which)} { set best($which) $each }
    }
}
puts [format "own %.1f, wdsocket %.1f" $best(own) $best(wdsocket)]
