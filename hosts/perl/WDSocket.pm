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
# Where what comes out is put, one of each kind; what is taken of it is a copy. Perl moves none that it does not change.
my %rooms = map { $_ => "\0" x $sizes{$_} } keys %sizes;
my %places = map { $_ => scalar_to_pointer($rooms{$_}) } keys %sizes;

sub load {
    my $path = $ENV{WDSOCKET_LIBRARY} // ($^O eq 'MSWin32' ? 'wdsocket.dll' : 'libwdsocket.so.0');
    my $ffi = FFI::Platypus->new(api => 2, lib => $path);
    for my $name (keys %WDSocket::C::FUNCTIONS) {
        my @letters = split //, substr $WDSocket::C::FUNCTIONS{$name}[0], 1;
        $raw{$name} = eval { $ffi->function($name => [map { @{ $kinds{$_} } } @letters] => 'ssize_t')->sub_ref }
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
END { $raw{SocketCloseAll}->() if $raw{SocketCloseAll} }

# The error of the last call.
sub failed {
    my ($code) = @_;
    my $length = $raw{SocketErrorInfo}->($places{T}, $sizes{T});
    utf8::decode(my $text = substr $rooms{T}, 0, $length > 0 ? $length : 0);
    die bless { code => $code, text => "$text\n" }, 'WDSocket::Error';
}

# What yes or no becomes. That no client came in time is an answer.
sub answered {
    my ($name, $result) = @_;
    my $code = $result ? 0 : $raw{SocketErrorCode}->();
    failed($code) if $code && !($code == WDSOCKET_ERR_TIMEOUT() && $name =~ /^SocketWait/);
    return $result;
}

# The message that did not fit has stayed; now its size is known.
sub read_large {
    my ($name, $handle, @rest) = @_;
    my $size = $raw{ $name =~ /Id$/ ? 'SocketPendingId' : 'SocketPending' }->($handle);
    my $large = "\0" x ($size > 1 ? $size : 1);
    my $result = $raw{$name}->($handle, @rest, scalar_to_pointer($large), length $large);
    failed(-$result) if $result < 0;
    return substr $large, 0, $result;
}

sub holds_zero { die "$_[0] holds a zero, where text for C ends: " . $_[1] =~ s/\0/\\0/gr . "\n" }
sub no_bytes { die "$_[0] holds characters that are no bytes: encode_utf8 of Encode makes bytes of a text\n" }
sub takes { die "$_[0]\n" }
sub other_thread { die "$_[0]: FFI::Platypus works in Perl's first thread alone: fork, or wait for many sockets with SocketWatchWait\n" }

# A sub a function, written of its word (see hosts/README.md): a call that went through a table would cost more than C's.
sub written {
    my ($name) = @_;
    my ($word, @given) = @{ $WDSocket::C::FUNCTIONS{$name} };
    my @left = @given;
    my ($before, @list) = ('');
    my $last = substr $word, -1;
    for my $letter (split //, substr $word, 1) {
        if (my $size = $sizes{$letter}) {
            push @list, "\$places{$letter}", $letter eq 'I' ? $size / 4 : $size;
            next;
        }
        my $one = shift @left;
        $before .= "\$$one //= $defaults{$one};\n" if exists $defaults{$one};
        $before .= "if (defined \$$one) { utf8::encode(\$$one) if utf8::is_utf8(\$$one); "
            . "holds_zero('$name: $one', \$$one) if index(\$$one, \"\\0\") >= 0 }\n"
            if $letter eq 't';
        $before .= "no_bytes('$name: $one') if defined \$$one && !utf8::downgrade(\$$one, 1);\n" if $letter eq 'd';
        push @list, $letter eq 'd' ? "defined \$$one ? (scalar_to_pointer(\$$one), length \$$one) : (undef, -1)" : "\$$one";
    }
    my $call = join ', ', @list;
    my $again = join ', ', "'$name'", @list[0 .. $#list - 2];
    my %answers = (
        T => "utf8::decode(my \$answer = substr \$rooms{T}, 0, \$result); return \$answer",
        D => "return substr \$rooms{D}, 0, \$result",
        I => "return [unpack \"l\$result\", \$rooms{I}]",
    );
    my $answer = $word =~ /^y/ ? "return \$result == 1 ? 1 : answered('$name', \$result)" : $answers{$last} // 'return $result';
    return "sub $name {\n other_thread('$name') unless %raw;\n takes('$name takes @given') if \@_ > " . @given . ";\n"
        . (@given ? 'my (' . join(', ', map { "\$$_" } @given) . ") = \@_;\n" : '')
        . "${before}my \$result = \$raw{$name}->($call);\n"
        . ($last eq 'D' ? "return read_large($again) if \$result == -WDSOCKET_ERR_BUFFER_TOO_SMALL();\n" : '')
        . "failed(-\$result) if \$result < 0;\n$answer;\n}\n";
}

eval join('', map { written($_) } sort keys %WDSocket::C::FUNCTIONS) . '1' or die $@;

1;
