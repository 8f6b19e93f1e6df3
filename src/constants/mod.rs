//! The numbers of the public face, spelled as WINDEV's programmers know them.
//!
//! Each kind of constant has a range of its own, so that one taken for another is refused.

#![allow(non_upper_case_globals)] // WLanguage's spelling is part of the contract.

mod errors;
mod table;

pub use errors::*;
pub use table::{Constant, Keeper, SocketKind, WholeOption};
use table::{constants, options};

constants! { "Times, which are in milliseconds";
    /// Time without limit.
    WDSOCKET_INFINITE = -1;
    /// The function's own default, for a time or an option.
    WDSOCKET_DEFAULT = -2;
}

constants! { "Transmission modes of SocketChangeTransmissionMode";
    /// Transmission mode: the message, then the tag (by default `<EOF>`).
    SocketEndTag = 0;
    /// Transmission mode (the default): decimal length, CR LF, the message.
    SocketSize = 1;
    /// Transmission mode: the same bytes as SocketEndTag.
    SocketEndTagBuffer = 2;
    /// Transmission mode: the bytes as they are, without any frame.
    SocketNoEndTag = 3;
    /// Transmission mode: a binary length of `SocketLengthBytes`, the message.
    SocketBinarySize = 4;
    /// Transmission mode: messages that all have one size, which is given as `tag_size`.
    SocketFixedSize = 5;
    /// Transmission mode: lines. One ends at LF, and a CR before it goes too; it is written with CR LF.
    SocketLine = 6;
    /// Transmission mode: the bytes as they are; a read takes exactly as many as its buffer holds.
    SocketExactSize = 7;
}

constants! { "SocketConfigure: what it sets";
    /// What SocketConfigure sets: which library makes TLS.
    SocketConfigureMode = 1;
}

constants! { "SocketConfigure: values of SocketConfigureMode";
    /// Value of SocketConfigureMode: Windows' SChannel. NOT_SUPPORTED.
    SocketModeSChannel = 0;
    /// Value of SocketConfigureMode: OpenSSL, which is always used.
    SocketModeOpenSSL = 1;
}

constants! { "What SocketClientInfo and SocketLocalInfo tell";
    /// What SocketClientInfo and SocketLocalInfo tell: the IP address as text.
    SocketAddress = 1;
    /// What SocketClientInfo and SocketLocalInfo tell: the port as decimal text.
    SocketPort = 2;
}

constants! { "What SocketLocalInfo tells beside, as decimal text";
    /// What SocketLocalInfo tells: the bytes that have come, with frames and TLS, as the network counts them. Without a name: those of all sockets.
    SocketBytesReceived = 3;
    /// What SocketLocalInfo tells: the bytes that the system has taken, with frames and TLS. Without a name: those of all sockets.
    SocketBytesSent = 4;
    /// What SocketLocalInfo tells: the messages that were read, the datagrams of UDP. Without a name: those of all sockets.
    SocketMessagesReceived = 5;
    /// What SocketLocalInfo tells: the messages that were written, the datagrams of UDP. Without a name: those of all sockets.
    SocketMessagesSent = 6;
    /// What SocketLocalInfo tells: since when the socket stands (ISO 8601, UTC).
    SocketSince = 7;
    /// What SocketLocalInfo tells: for how many milliseconds nothing has come.
    SocketSilentFor = 8;
    /// What SocketLocalInfo tells: microseconds to the peer and back, as TCP has measured it. Not under Wine.
    SocketRoundTrip = 9;
    /// What SocketLocalInfo tells: the segments that TCP had to send again; on Windows the bytes of them. Not under Wine.
    SocketRetransmits = 10;
    /// What SocketLocalInfo tells: written bytes that the system has not sent yet. Not on Windows.
    SocketUnsent = 11;
    /// What SocketLocalInfo tells: the microseconds that the TLS handshake took.
    SocketHandshakeTime = 12;
    /// What SocketLocalInfo tells: the text of the last error that a call said of this socket; "" for none.
    SocketLastError = 13;
    /// What SocketLocalInfo tells without a name: how many sockets are open.
    SocketOpenSockets = 14;
}

constants! { "What SocketClientInfo tells of a WebSocket";
    /// What SocketClientInfo tells of a WebSocket: "text" or "binary", as the last message was that this thread read.
    WebSocketKind = 15;
}

constants! { "What SocketClientInfo tells of the peer of a Unix socket";
    /// What SocketClientInfo tells: the number of the user who connected, or of a client's server, who listens. Not on Windows.
    SocketPeerUser = 16;
    /// What SocketClientInfo tells: the process that connected, or of a client's server, that listens; 0 for one that this
    /// process cannot see, in another container. Not on Windows.
    SocketPeerProcess = 17;
}

options! { OPTIONS: "Whole-number options of SocketSetOption and SocketGetOption";
    /// 1 = collect small messages before they leave (Nagle's algorithm).
    SocketNagle = 101, 0..=1, "", default 0, System, [Stream, Listener];
    /// no other program may take the port. Read when the socket is created.
    SocketUniqueAddress = 102, 0..=1, "", default 1, System, [Listener, Bluetooth, Udp], at_creation;
    /// how long a connection may be silent before the system asks whether the peer lives.
    /// It asks three times (SocketKeepAliveCount), a third of that time apart (SocketKeepAliveInterval); without an answer the
    /// connection is LOST. So it is where the peer has acknowledged nothing of what was sent, or taken none of it, for twice
    /// that time (SocketUserTimeout).
    SocketKeepAlive = 103, 0..=32_767, "seconds", default 0 = "off", System, [Stream, Listener];
    /// the system's receive buffer. Linux keeps, and tells, twice what is asked.
    SocketReceiveBuffer = 104, 1..=i32::MAX, "bytes", default 0 = "the system's own", System, [Stream, Listener, Bluetooth, Udp];
    /// the system's send buffer. Linux keeps, and tells, twice what is asked.
    SocketSendBuffer = 105, 1..=i32::MAX, "bytes", default 0 = "the system's own", System, [Stream, Listener, Bluetooth, Udp];
    /// the largest message that SocketRead takes.
    SocketMaxMessage = 106, 1..=i32::MAX, "bytes", default 268_435_456, Socket, [Stream, Listener, Bluetooth];
    /// how long SocketWrite may take.
    SocketWriteTimeout = 107, 0..=i32::MAX, "milliseconds", default 0 = "no limit", Socket, [Stream, Listener, Bluetooth, Udp];
    /// how many clients may wait for SocketAccept. The system may hold it lower.
    SocketBacklog = 108, 1..=i32::MAX, "clients", default 1_024, Socket, [Listener, Bluetooth];
    /// how many routers a packet may pass. UDP multicast passes none (1) until it is set.
    SocketTimeToLive = 109, 1..=255, "routers", default 0 = "the system's own", System, [Stream, Listener, Udp];
    /// this machine receives the multicast datagrams that it sends. UDP only.
    SocketMulticastLoop = 110, 0..=1, "", default 1, System, [Udp];
    /// how long a client of a TLS server may take for its handshake.
    SSLHandshakeTimeout = 111, 1..=i32::MAX, "milliseconds", default 10_000, Tls, [Stream, Listener];
    /// whether a TLS server asks for the client's certificate: 0 no, 1 if offered, 2 required.
    SSLVerifyClient = 112, 0..=2, "", default 0, Tls, [Stream, Listener];
    /// 0 = trust only what SSLCaFile and SSLCaDirectory give.
    SSLSystemRoots = 113, 0..=1, "", default 1, Tls, [Stream, Listener];
    /// how many certificates may stand between the peer's and the root.
    SSLVerifyDepth = 114, 0..=100, "certificates", default 100, Tls, [Stream, Listener];
    /// OpenSSL's strict RFC 5280 checks, policies included.
    SSLStrict = 115, 0..=1, "", default 0, Tls, [Stream, Listener];
    /// SocketRead gives up with TIMEOUT once nothing at all has arrived for so long, each arrival begins it anew (the fifth parameter of WLanguage's SocketRead). Counts from the next read on.
    SocketReadIdle = 116, 0..=i32::MAX, "milliseconds", default 0 = "off", Socket, [Stream, Listener, Bluetooth, Udp];
    /// a server's name counts in its certificate's subjectAltName alone (RFC 9525).
    /// 1 = the subject's common name counts too where there is none, for old devices.
    SSLNameInSubject = 117, 0..=1, "", default 0, Tls, [Stream, Listener];
    /// how long SocketWrite may hold messages together, so that many leave with one system call, over TLS in one record. They
    /// leave at once when they are 64 KiB, when a SocketRead on the socket begins to wait, and with SocketFlush, SocketShutdown,
    /// SocketStartSSL and SocketClose. What fails then is told by the next call.
    SocketGather = 118, 0..=i32::MAX, "milliseconds", default 0 = "off", Socket, [Stream, Listener, Bluetooth];
    /// how large a trace (SocketTraceFile) may become: then it moves to the same name with `.1` behind it, and a new one begins. Counts from the next file on.
    SocketTraceLimit = 119, 65_536..=i32::MAX, "bytes", default 67_108_864, Socket, [Stream, Listener, Bluetooth, Udp];
    /// 1 = the server's clients speak WebSocket (RFC 6455): for browsers. Counts for the clients accepted from now on.
    WebSocketServer = 120, 0..=1, "", default 0, Socket, [Listener, Bluetooth];
    /// what SocketWrite sends over a WebSocket: 0 text, checked as UTF-8; 1 binary.
    WebSocketBinary = 121, 0..=1, "", default 0, Socket, [WebSocket, Listener, Bluetooth];
    /// the time between two questions of SocketKeepAlive.
    SocketKeepAliveInterval = 122, 0..=32_767, "seconds", default 0 = "a third of SocketKeepAlive", Socket, [Stream, Listener];
    /// how many questions of SocketKeepAlive may stay without an answer, until the connection is
    /// LOST. Windows before 10 (1703) asks ten times.
    SocketKeepAliveCount = 123, 1..=127, "questions", default 3, Socket, [Stream, Listener];
    /// how long what was written may stay without the peer's acknowledgement, until the connection is
    /// LOST (RFC 5482). Windows counts in whole seconds. On Linux it also ends the questions of SocketKeepAlive, in place of their number.
    SocketUserTimeout = 124, 0..=i32::MAX, "milliseconds", default 0 = "as long as SocketKeepAlive would take, without it the system's own", Socket, [Stream, Listener];
    /// how long the peer may send nothing at all: then reads say LOST, and a watch tells the connection. Counts
    /// from the first read, or look of a watch, on.
    SocketIdleTimeout = 125, 0..=i32::MAX, "milliseconds", default 0 = "no limit", Socket, [Stream, Listener, Bluetooth];
    /// 1 = each client of the server comes through a load balancer, which says whose connection it passes on (PROXY protocol 1
    /// and 2). The first call that reads or writes reads that, before TLS, within SSLHandshakeTimeout; SocketClientInfo then tells the client.
    /// Anything else is BAD_FRAME, and from an address that SocketProxyFrom does not name ACCESS_DENIED. Counts for the
    /// clients accepted from now on.
    SocketProxyProtocol = 126, 0..=1, "", default 0, Socket, [Listener];
    /// the mode of the file of a server on a Unix socket (`unix:/path`), 0600 without it: whoever may write to the file may connect.
    /// The file has it before anybody can.
    SocketFileMode = 127, 0..=511, "", default 384, Socket, [Listener], at_creation;
    /// how many bytes the length of `SocketBinarySize` has. Like the five that follow it is read by
    /// SocketChangeTransmissionMode: set it before.
    SocketLengthBytes = 128, 1..=4, "bytes", default 2, Socket, [Stream, Listener, Bluetooth];
    /// 1 = the lowest byte of the length comes first (little endian); 0 = the highest does, as on most networks.
    SocketLengthOrder = 129, 0..=1, "", default 0, Socket, [Stream, Listener, Bluetooth];
    /// how many bytes stand before the length. Without `SocketLengthHeader` they are passed over by reads, and
    /// zeros are written.
    SocketLengthOffset = 130, 0..=255, "bytes", default 0, Socket, [Stream, Listener, Bluetooth];
    /// how many bytes the length counts that do not stand behind it: its own where it counts itself,
    /// and those before it.
    SocketLengthAdjust = 131, 0..=255, "bytes", default 0, Socket, [Stream, Listener, Bluetooth];
    /// 1 = a message is the whole frame: what stands before the length, the length, what stands behind it.
    /// SocketWrite then puts the length into its place, whatever stands there.
    SocketLengthHeader = 132, 0..=1, "", default 0, Socket, [Stream, Listener, Bluetooth];
    /// how many bytes stand behind the length that it does not count: the rest of a header,
    /// or a checksum at the end.
    SocketLengthUncounted = 133, 0..=255, "bytes", default 0, Socket, [Stream, Listener, Bluetooth];
    /// 1 = a signal's handler that runs in a waiting thread ends the wait with CANCELLED: Ctrl-C, an alarm, a request to end.
    /// Nothing is lost, the call can be made again. 0 = it waits on. As the default, set without a name, it counts for connecting and
    /// looking up names too. On Windows, which has no such handlers, 1 is NOT_SUPPORTED.
    SocketSignalEndsWait = 134, 0..=1, "", default 0, Socket, [Stream, Listener, Bluetooth, Udp, Watch];
}

constants! { TEXTS: "Text options of SocketSetText";
    /// Text option: file of trusted certificate authorities: PEM, or one as DER.
    SSLCaFile = 201;
    /// Text option: folder of trusted certificate authorities. Files that are none are passed over.
    SSLCaDirectory = 202;
    /// Text option: PEM file of revocation lists, complete ones: a list of changes (delta list) is refused.
    SSLCrlFile = 203;
    /// Text option: PEM file of the private key, where the certificate's file does not hold it.
    SSLKeyFile = 204;
    /// Text option: password of the private key or of the PKCS#12 file.
    SSLPassword = 205;
    /// Text option, and what SocketSSLInfo tells: the name that the server's certificate must carry, where it is not the address.
    /// SocketSSLInfo tells the name that the client asked for (RFC 6066).
    SSLServerName = 206;
    /// Text option, and what SocketSSLInfo tells: application protocols (RFC 7301), separated by commas.
    SSLAlpn = 207;
    /// Text option: OpenSSL's list of cipher suites, those of TLS 1.3 among them. A version of which it names none keeps its own.
    SSLCipherList = 208;
    /// Text option: SHA-256 fingerprint that the peer's certificate must have, in hexadecimal.
    SSLPeerFingerprintPin = 209;
    /// Text option: OpenSSL's list of key exchanges, such as "X25519MLKEM768:X25519", separated by colons.
    /// Without it OpenSSL's own, the post-quantum X25519MLKEM768 first.
    SSLGroups = 210;
    /// Text option: file that tells what goes on; "" ends it. A name that ends in `.pcapng` is a capture, which Wireshark opens and decrypts; any other is text, a line an event. `%p` is the process's id. Set it before TLS starts. Whoever can read a capture can read all that was encrypted: it is made for its owner alone.
    SocketTraceFile = 211;
    /// Text option: file to which the secrets of TLS are added, as NSS key log lines, for captures made elsewhere. Whoever can read it can read all that was encrypted.
    SSLKeyLogFile = 212;
    /// Text option: lines that WebSocketClientConnect adds to its request, one below the other, such as
    /// "Origin: https://www.example.com" or "Authorization: …".
    WebSocketHeaders = 213;
    /// Text option: the proxy of this connection as a URL, such as "http://login:password@proxy.example.com:3128", either percent-encoded.
    /// "direct:" for none where the process has one, "environment:" for the one that the environment names. Read when it connects.
    SocketProxyAddress = 214;
    /// Text option: the load balancers that are believed whose connection they pass on (SocketProxyProtocol), as addresses and
    /// prefixes separated by commas, such as "192.0.2.9, 2001:db8::/32". Without it those on this machine (loopback, Unix sockets).
    SocketProxyFrom = 215;
    /// Text option: file of the keys that a TLS server seals its sessions with, the same for several processes and machines, so that a
    /// session is taken up on any of them (docs/tls.md). Each key is 80 bytes, in base64 on a line of its own. The first one seals, all
    /// open. Who has the file can read what its sessions protect.
    SSLTicketKeyFile = 216;
    /// Text option: this machine's own address that a client connects from, or its network interface, and its ports if need be:
    /// "192.0.2.9", "eth0", "[2001:db8::9]:5000-5010", ":5000-5010". Read when it connects, of a connection by way of a proxy to the
    /// proxy. Of an interface the first address of the peer's family counts; which way the packets take is for the machine's routes to say.
    SocketLocalAddress = 217;
    /// Text option: the own ports that a client connects from, "5000-5010", where SocketLocalAddress names none. All in use is
    /// ADDRESS_IN_USE. Ports serve several peers at once, on Windows one.
    SocketPortRange = 218;
    /// Text option: folder of a server's certificates for the names that clients ask for (RFC 6066): `*.pem`, `*.crt` or `*.cer`,
    /// each with its key in it or, where it has none, beside it as `*.key`; `*.p12` or `*.pfx`; `NAME/fullchain.pem` with `NAME/privkey.pem`. What
    /// stands in subjectAltName counts, never a file's name. The server's own certificate is for all other clients.
    SSLCertificateDirectory = 219;
    /// Text option: OpenSSL's list of signature algorithms, such as "ecdsa_secp256r1_sha256:RSA-PSS+SHA256", separated by
    /// colons: what the peer may sign with. Without it OpenSSL's own.
    SSLSignatures = 220;
    /// Text option: SHA-256 of public keys (SubjectPublicKeyInfo), in base64 or hexadecimal, separated by commas. The peer's
    /// verified chain must hold one of them, beside all other checks.
    SSLPublicKeyPins = 221;
}

constants! { SSL_INFOS: "What SocketSSLInfo tells";
    /// What SocketSSLInfo tells: the protocol's version.
    SSLProtocol = 301;
    /// What SocketSSLInfo tells: the cipher suite.
    SSLCipher = 302;
    /// What SocketSSLInfo tells: the subject of the peer's certificate.
    SSLPeerSubject = 303;
    /// What SocketSSLInfo tells: the issuer of the peer's certificate.
    SSLPeerIssuer = 304;
    /// What SocketSSLInfo tells: the SHA-256 fingerprint of the peer's certificate.
    SSLPeerFingerprint = 305;
    /// What SocketSSLInfo tells: the last moment at which the peer's certificate is valid (ISO 8601).
    SSLPeerNotAfter = 306;
    /// What SocketSSLInfo tells: the group of the key exchange, such as X25519MLKEM768.
    SSLGroup = 307;
    /// What SocketSSLInfo tells: the names and addresses in the subjectAltName of the peer's certificate, separated by ", ".
    SSLPeerNames = 308;
    /// What SocketSSLInfo tells: the serial number of the peer's certificate, in hexadecimal.
    SSLPeerSerial = 309;
    /// What SocketSSLInfo tells: the first moment at which the peer's certificate is valid (ISO 8601).
    SSLPeerNotBefore = 310;
    /// What SocketSSLInfo tells: the certificates that the peer sent, its own first, as PEM.
    SSLPeerChain = 311;
    /// What SocketSSLInfo tells: "1" where an earlier session was taken up, which spares the certificates, else "0".
    SSLResumed = 312;
}

constants! { "Options of TLS, added together";
    /// TLS option: SSL 2, which OpenSSL no longer has.
    ProtocolSSL2 = 1;
    /// TLS option: SSL 3, which OpenSSL no longer has.
    ProtocolSSL3 = 2;
    /// TLS option: TLS 1.0 (RFC 2246), for old machines only.
    ProtocolTLS1 = 4;
    /// TLS option: TLS 1.1 (RFC 4346), for old machines only.
    ProtocolTLS1_1 = 8;
    /// TLS option: TLS 1.2 (RFC 5246).
    ProtocolTLS1_2 = 16;
    /// TLS option: TLS 1.3 (RFC 8446).
    ProtocolTLS1_3 = 32;
    /// TLS option: the certificate is named by its subject's common name.
    CertificateName = 64;
    /// TLS option: the certificate is named by its SHA-1 or SHA-256 thumbprint.
    CertificateHash = 128;
    /// TLS option: the peer's certificate is not checked. Anyone in between can read and change everything.
    SSLNoVerify = 256;
    /// TLS option of SocketStartSSL: this side is the server.
    SSLAsServer = 512;
}
