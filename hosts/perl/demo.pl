# A client and a server in Perl, in clear and under TLS.
#
#   demo.pl talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
#   demo.pl serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
#
# Its source is UTF-8 without "use utf8", so that the strings in it are bytes, and so is what is printed.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use WDSocket;

use constant TIME => 20000;
$| = 1;

sub clients {
    my ($port, $tls_port, $trusted) = @_;
    SocketConnect('till', $port, '127.0.0.1', TIME);
    SocketWrite('till', 'Zoë');
    print 'client: ', SocketRead('till', 0, TIME), "\n";
    SocketClose('till');

    SocketSetText('bank', SSLCaFile, $trusted);
    SocketConnectSSL('bank', $tls_port, 'localhost', 0, TIME);
    SocketWrite('bank', 'Zoë');
    print 'TLS: ', SocketSSLInfo('bank', SSLProtocol), ' ', SocketRead('bank', 0, TIME), "\n";
    SocketClose('bank');
    eval { SocketConnectSSL('bank', $tls_port, 'localhost', 0, TIME) }
        or print 'not trusted: ', $@->code, " $@";
}

sub serve {
    my ($certificate) = @_;
    SocketCreate('clear', 0, '127.0.0.1');
    SocketCreateSSL('secure', 0, $certificate, 0, '127.0.0.1');
    print SocketLocalInfo('clear', SocketPort), ' ', SocketLocalInfo('secure', SocketPort), "\n";
    for my $server ('clear', 'secure') {
        next unless SocketWaitForConnection($server, TIME);
        my $channel = SocketAccept($server);
        SocketWrite($channel, 'Welcome, ' . SocketRead($channel, 0, TIME) . '!');
        SocketClose($channel);
    }
}

my ($what, @words) = @ARGV;
if ($what eq 'talk') {
    clients(@words);
    print "threads: none with this library\n";
}
else { serve(@words) }
