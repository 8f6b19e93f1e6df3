# What goes wrong first, and what the answer is: mistakes.pl PORT of a server that greets.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use WDSocket;

sub refused {
    my ($what, $call) = @_;
    print "$what: ", (eval { $call->(); 1 } ? "was not refused\n" : $@);
}

SocketConnect('till', $ARGV[0], '127.0.0.1', 20000);
SocketWrite('till', 'Grüße');
print 'accents: ', SocketRead('till', 0, 20000), "\n";
SocketWrite('till', "a\0b");
print 'zero inside: ', SocketRead('till', 0, 20000) =~ s/\0/\\0/gr, "\n";
SocketWrite('till', 'x' x 65536);
print 'large: ', length SocketRead('till', 0, 20000), "\n";
refused('wide characters', sub { SocketWrite('till', "\x{20ac}") });
refused('zero in a name', sub { SocketWrite("ti\0ll", 'x') });
refused('blank behind a name', sub { SocketWrite('till ', 'x') });
refused('wrong port', sub { SocketConnect('other', 1, '127.0.0.1') });
refused('no port', sub { SocketConnect('other', 70000, '127.0.0.1') });
