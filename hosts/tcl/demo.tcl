# A client and a server in Tcl, in clear and under TLS.
#
#   demo.tcl talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
#   demo.tcl serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
encoding system utf-8
fconfigure stdout -encoding utf-8
set layer [file join [file dirname [file normalize [info script]]] wdsocket.tcl]
source $layer

set time 20000

proc clients {port tls_port trusted} {
    global time
    wd::SocketConnect till $port 127.0.0.1 $time
    wd::SocketWriteText till "Zo\u00eb"
    puts "client: [wd::SocketReadText till 0 $time]"
    wd::SocketClose till

    wd::SocketSetText bank $wd::SSLCaFile $trusted
    wd::SocketConnectSSL bank $tls_port localhost 0 $time
    wd::SocketWriteText bank "Zo\u00eb"
    puts "TLS: [wd::SocketSSLInfo bank $wd::SSLProtocol] [wd::SocketReadText bank 0 $time]"
    wd::SocketClose bank
    try {
        wd::SocketConnectSSL bank $tls_port localhost 0 $time
    } trap WDSOCKET {text options} {
        puts "not trusted: [lindex [dict get $options -errorcode] 1] $text"
    }
}

# A thread with an interpreter of its own, which knows the same sockets by their names.
proc thread_with {script} {
    thread::create -joinable "source [list $::layer]\n$script"
}

# One thread reads, another writes, this one closes.
proc threads {} {
    global time
    wd::SocketCreate server 0 127.0.0.1
    wd::SocketConnect left [wd::SocketLocalInfo server $wd::SocketPort] 127.0.0.1 $time
    wd::SocketWaitForConnection server $time
    set right [wd::SocketAccept server]
    tsv::set demo end ""
    set reader [thread_with [format {
        set read 0
        catch {
            while 1 {
                wd::SocketRead %1$s 1
                if {[incr read] == 3} { wd::SocketWrite %1$s done }
            }
        } text
        tsv::set demo end "$read messages, then $text"
    } $right]]
    set writer [thread_with { foreach word {one two three} { wd::SocketWrite left $word } }]
    wd::SocketRead left 0 $time
    wd::SocketClose $right
    thread::join $writer
    thread::join $reader
    puts "threads: [tsv::get demo end]"
}

proc leave_with_a_thread_inside {port} {
    wd::SocketConnect last $port 127.0.0.1 $::time
    thread::create "source [list $::layer]\nwd::SocketRead last 1"
    puts "leaving with a thread inside SocketRead"
    exit
}

proc serve {certificate} {
    global time
    wd::SocketCreate clear 0 127.0.0.1
    wd::SocketCreateSSL secure 0 $certificate 0 127.0.0.1
    puts "[wd::SocketLocalInfo clear $wd::SocketPort] [wd::SocketLocalInfo secure $wd::SocketPort]"
    flush stdout
    foreach server {clear secure} {
        if {![wd::SocketWaitForConnection $server $time]} continue
        set channel [wd::SocketAccept $server]
        wd::SocketWrite $channel "Welcome, [wd::SocketRead $channel 0 $time]!"
        wd::SocketClose $channel
    }
}

lassign $argv what first second third
if {$what eq "talk"} {
    package require Thread
    clients $first $second $third
    threads
    leave_with_a_thread_inside $first
} else {
    serve $first
}
