//! The numbers of the public face, spelled as WINDEV's programmers know them.
//!
//! Each kind of constant has a range of its own, so that one taken for another is refused.

#![allow(non_upper_case_globals)] // WLanguage's spelling is part of the contract.

/// Time without limit.
pub const WDSOCKET_INFINITE: i32 = -1;
/// The function's own default, for a time or an option.
pub const WDSOCKET_DEFAULT: i32 = -2;

/// Transmission mode: the message, then the tag (by default `<EOF>`).
pub const SocketEndTag: i32 = 0;
/// Transmission mode (the default): decimal length, CR LF, the message.
pub const SocketSize: i32 = 1;
/// Transmission mode: the same bytes as SocketEndTag.
pub const SocketEndTagBuffer: i32 = 2;
/// Transmission mode: the bytes as they are, without any frame.
pub const SocketNoEndTag: i32 = 3;

/// What SocketConfigure sets: which library makes TLS.
pub const SocketConfigureMode: i32 = 1;
/// Value of SocketConfigureMode: Windows' SChannel. NOT_SUPPORTED.
pub const SocketModeSChannel: i32 = 0;
/// Value of SocketConfigureMode: OpenSSL, which is always used.
pub const SocketModeOpenSSL: i32 = 1;

/// What SocketClientInfo and SocketLocalInfo tell: the IP address as text.
pub const SocketAddress: i32 = 1;
/// What SocketClientInfo and SocketLocalInfo tell: the port as decimal text.
pub const SocketPort: i32 = 2;

/// Option (0/1, default 0): 1 = collect small messages before they leave (Nagle's algorithm).
pub const SocketNagle: i32 = 101;
/// Option (0/1, default 1): no other program may take the port. Read when the socket is created.
pub const SocketUniqueAddress: i32 = 102;
/// Option (seconds, default 0 = off): how long a connection may be silent before the system asks whether the peer lives.
/// It asks three times, a third of that time apart; without an answer the connection is LOST. So it is where the peer has
/// acknowledged nothing of what was sent, or taken none of it, for twice that time.
pub const SocketKeepAlive: i32 = 103;
/// Option (bytes): the system's receive buffer. Linux keeps, and tells, twice what is asked.
pub const SocketReceiveBuffer: i32 = 104;
/// Option (bytes): the system's send buffer. Linux keeps, and tells, twice what is asked.
pub const SocketSendBuffer: i32 = 105;
/// Option (bytes, default 268435456): the largest message that SocketRead takes.
pub const SocketMaxMessage: i32 = 106;
/// Option (milliseconds, default 0 = no limit): how long SocketWrite may take.
pub const SocketWriteTimeout: i32 = 107;
/// Option (default 1024): how many clients may wait for SocketAccept. The system may hold it lower.
pub const SocketBacklog: i32 = 108;
/// Option (1 to 255): how many routers a packet may pass. UDP multicast passes none (1) until it is set.
pub const SocketTimeToLive: i32 = 109;
/// Option (0/1, default 1): this machine receives the multicast datagrams that it sends. UDP only.
pub const SocketMulticastLoop: i32 = 110;
/// Option (milliseconds, default 10000): how long a client of a TLS server may take for its handshake.
pub const SSLHandshakeTimeout: i32 = 111;
/// Option (default 0): whether a TLS server asks for the client's certificate: 0 no, 1 if offered, 2 required.
pub const SSLVerifyClient: i32 = 112;
/// Option (0/1, default 1): 0 = trust only what SSLCaFile and SSLCaDirectory give.
pub const SSLSystemRoots: i32 = 113;
/// Option (default 100): how many certificates may stand between the peer's and the root.
pub const SSLVerifyDepth: i32 = 114;
/// Option (0/1, default 0): OpenSSL's strict RFC 5280 checks, policies included.
pub const SSLStrict: i32 = 115;
/// Option (milliseconds, default 0 = off): SocketRead gives up with TIMEOUT once nothing at all has arrived for so long, each arrival begins it anew (the fifth parameter of WLanguage's SocketRead). Counts from the next read on.
pub const SocketReadIdle: i32 = 116;
/// Option (0/1, default 0): a server's name counts in its certificate's subjectAltName alone (RFC 9525).
/// 1 = the subject's common name counts too where there is none, for old devices.
pub const SSLNameInSubject: i32 = 117;

/// Text option: file of trusted certificate authorities: PEM, or one as DER.
pub const SSLCaFile: i32 = 201;
/// Text option: folder of trusted certificate authorities. Files that are none are passed over.
pub const SSLCaDirectory: i32 = 202;
/// Text option: PEM file of revocation lists, complete ones: a list of changes (delta list) is refused.
pub const SSLCrlFile: i32 = 203;
/// Text option: PEM file of the private key, where the certificate's file does not hold it.
pub const SSLKeyFile: i32 = 204;
/// Text option: password of the private key or of the PKCS#12 file.
pub const SSLPassword: i32 = 205;
/// Text option: the name that the server's certificate must carry, where it is not the address.
pub const SSLServerName: i32 = 206;
/// Text option, and what SocketSSLInfo tells: application protocols (RFC 7301), separated by commas.
pub const SSLAlpn: i32 = 207;
/// Text option: OpenSSL's list of cipher suites, those of TLS 1.3 among them. A version of which it names none keeps its own.
pub const SSLCipherList: i32 = 208;
/// Text option: SHA-256 fingerprint that the peer's certificate must have, in hexadecimal.
pub const SSLPeerFingerprintPin: i32 = 209;

/// Text option: OpenSSL's list of key exchanges, such as "X25519MLKEM768:X25519", separated by colons.
/// Without it OpenSSL's own, the post-quantum X25519MLKEM768 first.
pub const SSLGroups: i32 = 210;

/// What SocketSSLInfo tells: the protocol's version.
pub const SSLProtocol: i32 = 301;
/// What SocketSSLInfo tells: the cipher suite.
pub const SSLCipher: i32 = 302;
/// What SocketSSLInfo tells: the subject of the peer's certificate.
pub const SSLPeerSubject: i32 = 303;
/// What SocketSSLInfo tells: the issuer of the peer's certificate.
pub const SSLPeerIssuer: i32 = 304;
/// What SocketSSLInfo tells: the SHA-256 fingerprint of the peer's certificate.
pub const SSLPeerFingerprint: i32 = 305;
/// What SocketSSLInfo tells: the last moment at which the peer's certificate is valid (ISO 8601).
pub const SSLPeerNotAfter: i32 = 306;

/// What SocketSSLInfo tells: the group of the key exchange, such as X25519MLKEM768.
pub const SSLGroup: i32 = 307;

/// TLS option: SSL 2, which OpenSSL no longer has.
pub const ProtocolSSL2: i32 = 1;
/// TLS option: SSL 3, which OpenSSL no longer has.
pub const ProtocolSSL3: i32 = 2;
/// TLS option: TLS 1.0 (RFC 2246), for old machines only.
pub const ProtocolTLS1: i32 = 4;
/// TLS option: TLS 1.1 (RFC 4346), for old machines only.
pub const ProtocolTLS1_1: i32 = 8;
/// TLS option: TLS 1.2 (RFC 5246).
pub const ProtocolTLS1_2: i32 = 16;
/// TLS option: TLS 1.3 (RFC 8446).
pub const ProtocolTLS1_3: i32 = 32;
/// TLS option: the certificate is named by its subject's common name.
pub const CertificateName: i32 = 64;
/// TLS option: the certificate is named by its SHA-1 or SHA-256 thumbprint.
pub const CertificateHash: i32 = 128;
/// TLS option: the peer's certificate is not checked. Anyone in between can read and change everything.
pub const SSLNoVerify: i32 = 256;

/// No error.
pub const WDSOCKET_OK: i32 = 0;
/// A parameter is outside what the function takes.
pub const WDSOCKET_ERR_INVALID_ARGUMENT: i32 = 1;
/// No socket of that name or id.
pub const WDSOCKET_ERR_NOT_FOUND: i32 = 2;
/// The name belongs to another socket.
pub const WDSOCKET_ERR_NAME_IN_USE: i32 = 3;
/// The time given has passed.
pub const WDSOCKET_ERR_TIMEOUT: i32 = 4;
/// The peer ended the connection in good order.
pub const WDSOCKET_ERR_CLOSED: i32 = 5;
/// The connection broke.
pub const WDSOCKET_ERR_LOST: i32 = 6;
/// The peer's machine refuses connections on that port.
pub const WDSOCKET_ERR_REFUSED: i32 = 7;
/// No route to the peer.
pub const WDSOCKET_ERR_UNREACHABLE: i32 = 8;
/// The host name has no address.
pub const WDSOCKET_ERR_HOST_NOT_FOUND: i32 = 9;
/// Another socket listens there already.
pub const WDSOCKET_ERR_ADDRESS_IN_USE: i32 = 10;
/// The address is not one of this machine.
pub const WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE: i32 = 11;
/// The system does not allow it.
pub const WDSOCKET_ERR_ACCESS_DENIED: i32 = 12;
/// The caller's buffer is shorter than the result; nothing was taken.
pub const WDSOCKET_ERR_BUFFER_TOO_SMALL: i32 = 13;
/// The message is larger than the limit.
pub const WDSOCKET_ERR_MESSAGE_TOO_LARGE: i32 = 14;
/// The bytes received are not in the transmission mode's format.
pub const WDSOCKET_ERR_BAD_FRAME: i32 = 15;
/// The function does not apply to this kind of socket.
pub const WDSOCKET_ERR_WRONG_KIND: i32 = 16;
/// There is no peer (yet).
pub const WDSOCKET_ERR_NO_CONNECTION: i32 = 17;
/// The socket was closed by another thread during the call.
pub const WDSOCKET_ERR_CANCELLED: i32 = 18;
/// The TLS handshake or a TLS record failed.
pub const WDSOCKET_ERR_TLS_PROTOCOL: i32 = 19;
/// The peer's certificate was not accepted.
pub const WDSOCKET_ERR_TLS_CERTIFICATE: i32 = 20;
/// Our own certificate or key cannot be used.
pub const WDSOCKET_ERR_CERTIFICATE: i32 = 21;
/// Not available on this system or in this build.
pub const WDSOCKET_ERR_NOT_SUPPORTED: i32 = 22;
/// Out of descriptors, memory or ids.
pub const WDSOCKET_ERR_LIMIT: i32 = 23;
/// Anything else that the operating system said.
pub const WDSOCKET_ERR_SYSTEM: i32 = 24;
/// A defect of this library.
pub const WDSOCKET_ERR_INTERNAL: i32 = 25;
/// The proxy cannot be had, or does not speak its protocol.
pub const WDSOCKET_ERR_PROXY: i32 = 26;
