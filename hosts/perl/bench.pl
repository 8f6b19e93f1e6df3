# An echo of 64 bytes: bench.pl PORT ROUNDS.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use Socket qw(IPPROTO_TCP TCP_NODELAY);
use IO::Socket::INET;
use Time::HiRes 'time';
use WDSocket;

my ($port, $rounds) = @ARGV;
my $data = 'x' x 64;
my $own = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die $@;
$own->setsockopt(IPPROTO_TCP, TCP_NODELAY, 1);
WDSocket::SocketConnect('echo', $port, '127.0.0.1');
WDSocket::SocketChangeTransmissionMode('echo', SocketNoEndTag, undef);
my @exchanges = (
    sub { $own->syswrite($data); $own->sysread(my $answer, 64) },
    sub { WDSocket::SocketWrite('echo', $data); WDSocket::SocketRead('echo', 1) },
);
my @best = (1e9, 1e9);
for (1 .. 5) {
    for my $which (0, 1) {
        my $start = time;
        $exchanges[$which]->() for 1 .. $rounds;
        my $each = (time - $start) / $rounds * 1e6;
        $best[$which] = $each if $each < $best[$which];
    }
}
printf "own %.1f, wdsocket %.1f\n", @best;
