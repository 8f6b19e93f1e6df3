# wdsocket for Perl: use WDSocket; then SocketWrite('till', 'one tea') and so on, with the header's names.
#
# Messages are bytes in both directions: decode_utf8 makes text of what comes, and a string with wide characters is refused
# until encode_utf8 has made bytes of it. Names, addresses and paths are text. Buffers and sizes are made here. What a function
# refuses dies with a WDSocket::Error, which has code and text and reads as its text.
package WDSocket;

use strict;
use warnings;
use Exporter 'import';
use FFI::Platypus;
use FFI::Platypus::Buffer qw(scalar_to_pointer);
use WDSocket::C;

our @EXPORT = (keys %WDSocket::C::FUNCTIONS, keys %WDSocket::C::CONSTANTS);

package WDSocket::Error {
    use overload '""' => sub { $_[0]{text} }, fallback => 1;
    sub code { $_[0]{code} }
    sub text { $_[0]{text} }
}

use constant \%WDSocket::C::CONSTANTS;

my %kinds = (i => ['sint32'], t => ['string'], map { $_ => ['opaque', 'sint32'] } qw(d T D I));
my %sizes = (T => 4097, D => 65536, I => 4096);
my %defaults = (timeout => WDSOCKET_DEFAULT(), undefined_wait => 0, options => 0);
my %raw;
# One of each kind; what comes out of it is a copy.
my %buffers;

sub load {
    my $path = $ENV{WDSOCKET_LIBRARY} // ($^O eq 'MSWin32' ? 'wdsocket.dll' : 'libwdsocket.so.0');
    my $ffi = FFI::Platypus->new(api => 2, lib => $path);
    for my $name (keys %WDSocket::C::FUNCTIONS) {
        my @letters = split //, substr $WDSocket::C::FUNCTIONS{$name}[0], 1;
        $raw{$name} = eval { $ffi->function($name => [map { @{ $kinds{$_} } } @letters] => 'ssize_t') }
            // die "wdsocket: the library $path cannot be loaded or is none of wdsocket; set WDSOCKET_LIBRARY to its full path\n";
    }
}
load();

# What Platypus makes belongs to the thread of Perl that made it, and breaks where it is copied into another.
sub FFI::Platypus::CLONE_SKIP { 1 }
sub FFI::Platypus::Function::CLONE_SKIP { 1 }
sub FFI::Platypus::TypeParser::CLONE_SKIP { 1 }
sub FFI::Platypus::Type::CLONE_SKIP { 1 }
sub CLONE { %raw = () }

# What waits inside C ends before Perl takes its own things down.
END { $raw{SocketCloseAll}->call if $raw{SocketCloseAll} }

# The error of the last call.
sub failed {
    my ($code) = @_;
    my $text = "\0" x 2048;
    my $length = $raw{SocketErrorInfo}->call(scalar_to_pointer($text), 2048);
    utf8::decode($text = substr $text, 0, $length > 0 ? $length : 0);
    die bless { code => $code, text => "$text\n" }, 'WDSocket::Error';
}

# Runs a function with Perl's values; the word says what they are (see hosts/README.md).
sub run {
    my ($name, @values) = @_;
    die "$name: FFI::Platypus works in Perl's first thread alone: fork, or wait for many sockets with SocketWatchWait\n"
        unless %raw;
    my ($word, @given) = @{ $WDSocket::C::FUNCTIONS{$name} };
    die "$name takes @given\n" if @values > @given;
    my (@list, @kept, $buffer, $larger);
    for my $letter (split //, substr $word, 1) {
        if (my $size = $sizes{$letter}) {
            $buffer = \($buffers{$letter} //= "\0" x $size);
            push @list, scalar_to_pointer($$buffer), $letter eq 'I' ? $size / 4 : $size;
            next;
        }
        my $parameter = shift @given;
        my $value = @values ? shift @values : $defaults{$parameter};
        if ($letter eq 't' && defined $value) {
            utf8::encode($value) if utf8::is_utf8($value);
            die "$name: $parameter holds a zero, where text for C ends: " . $value =~ s/\0/\\0/gr . "\n" if $value =~ /\0/;
        }
        if ($letter eq 'd') {
            die "$name: $parameter holds characters that are no bytes: encode_utf8 of Encode makes bytes of a text\n"
                if defined $value && !utf8::downgrade($value, 1);
            push @kept, \$value;
            push @list, defined $value ? (scalar_to_pointer($value), length $value) : (undef, -1);
        }
        else { push @list, $value }
    }
    my $out = substr $word, -1;
    my $result = $raw{$name}->call(@list);
    if ($out eq 'D' && $result == -WDSOCKET_ERR_BUFFER_TOO_SMALL()) {
        # The message has stayed; now its size is known.
        my $size = $raw{ $name =~ /Id$/ ? 'SocketPendingId' : 'SocketPending' }->call($list[0]);
        $larger = "\0" x $size;
        $buffer = \$larger;
        $result = $raw{$name}->call(@list[0 .. $#list - 2], scalar_to_pointer($larger), $size);
    }
    failed(-$result) if $result < 0;
    if ($word =~ /^y/) {
        my $code = $result ? 0 : $raw{SocketErrorCode}->call;
        # That no client came in time is an answer.
        failed($code) if $code && !($code == WDSOCKET_ERR_TIMEOUT() && $name =~ /^SocketWait/);
        return $result;
    }
    return [unpack "l$result", $$buffer] if $out eq 'I';
    return $result unless exists $sizes{$out};
    my $answer = substr $$buffer, 0, $result;
    utf8::decode($answer) if $out eq 'T';
    return $answer;
}

for my $name (keys %WDSocket::C::FUNCTIONS) {
    no strict 'refs';
    *$name = sub { run($name, @_) };
}

1;
