'use strict';

// The functions and constants of wdsocket; wdsocket.js makes JavaScript of them.
// Made from the sources: change them, then run `cargo run --release --example hosts`.

exports.constants = {
  // Times, which are in milliseconds
  WDSOCKET_INFINITE: -1, // Time without limit.
  WDSOCKET_DEFAULT: -2, // The function's own default, for a time or an option.
  // Transmission modes of SocketChangeTransmissionMode
  SocketEndTag: 0, // Transmission mode: the message, then the tag (by default `<EOF>`).
  SocketSize: 1, // Transmission mode (the default): decimal length, CR LF, the message.
  SocketEndTagBuffer: 2, // Transmission mode: the same bytes as SocketEndTag.
  SocketNoEndTag: 3, // Transmission mode: the bytes as they are, without any frame.
  SocketBinarySize: 4, // Transmission mode: a binary length of `SocketLengthBytes`, the message.
  SocketFixedSize: 5, // Transmission mode: messages that all have one size, which is given as `tag_size`.
  SocketLine: 6, // Transmission mode: lines. One ends at LF, and a CR before it goes too; it is written with CR LF.
  SocketExactSize: 7, // Transmission mode: the bytes as they are; a read takes exactly as many as its buffer holds.
  // SocketConfigure: what it sets
  SocketConfigureMode: 1, // What SocketConfigure sets: which library makes TLS.
  // SocketConfigure: values of SocketConfigureMode
  SocketModeSChannel: 0, // Value of SocketConfigureMode: Windows' SChannel. NOT_SUPPORTED.
  SocketModeOpenSSL: 1, // Value of SocketConfigureMode: OpenSSL, which is always used.
  // What SocketClientInfo and SocketLocalInfo tell
  SocketAddress: 1, // What SocketClientInfo and SocketLocalInfo tell: the IP address as text.
  SocketPort: 2, // What SocketClientInfo and SocketLocalInfo tell: the port as decimal text.
  // What SocketLocalInfo tells beside, as decimal text
  SocketBytesReceived: 3, // What SocketLocalInfo tells: the bytes that have come, with frames and TLS, as the network counts them. Without a name: those of all sockets.
  SocketBytesSent: 4, // What SocketLocalInfo tells: the bytes that the system has taken, with frames and TLS. Without a name: those of all sockets.
  SocketMessagesReceived: 5, // What SocketLocalInfo tells: the messages that were read, the datagrams of UDP. Without a name: those of all sockets.
  SocketMessagesSent: 6, // What SocketLocalInfo tells: the messages that were written, the datagrams of UDP. Without a name: those of all sockets.
  SocketSince: 7, // What SocketLocalInfo tells: since when the socket stands (ISO 8601, UTC).
  SocketSilentFor: 8, // What SocketLocalInfo tells: for how many milliseconds nothing has come.
  SocketRoundTrip: 9, // What SocketLocalInfo tells: microseconds to the peer and back, as TCP has measured it. Not under Wine.
  SocketRetransmits: 10, // What SocketLocalInfo tells: the segments that TCP had to send again; on Windows the bytes of them. Not under Wine.
  SocketUnsent: 11, // What SocketLocalInfo tells: written bytes that the system has not sent yet. Not on Windows.
  SocketHandshakeTime: 12, // What SocketLocalInfo tells: the microseconds that the TLS handshake took.
  SocketLastError: 13, // What SocketLocalInfo tells: the text of the last error that a call said of this socket; "" for none.
  SocketOpenSockets: 14, // What SocketLocalInfo tells without a name: how many sockets are open.
  // What SocketClientInfo tells of a WebSocket
  WebSocketKind: 15, // What SocketClientInfo tells of a WebSocket: "text" or "binary", as the last message was that this thread read.
  // What SocketClientInfo tells of the peer of a Unix socket
  SocketPeerUser: 16, // What SocketClientInfo tells: the number of the user who connected, or of a client's server, who listens. Not on Windows.
  SocketPeerProcess: 17, // What SocketClientInfo tells: the process that connected, or of a client's server, that listens; 0 for one that this process cannot see, in another container. Not on Windows.
  // Whole-number options of SocketSetOption and SocketGetOption
  SocketNagle: 101, // 1 = collect small messages before they leave (Nagle's algorithm).
  SocketUniqueAddress: 102, // no other program may take the port. Read when the socket is created.
  SocketKeepAlive: 103, // how long a connection may be silent before the system asks whether the peer lives. It asks three times (SocketKeepAliveCount), a third of that time apart (SocketKeepAliveInterval); without an answer the connection is LOST. So it is where the peer has acknowledged nothing of what was sent, or taken none of it, for twice that time (SocketUserTimeout).
  SocketReceiveBuffer: 104, // the system's receive buffer. Linux keeps, and tells, twice what is asked.
  SocketSendBuffer: 105, // the system's send buffer. Linux keeps, and tells, twice what is asked.
  SocketMaxMessage: 106, // the largest message that SocketRead takes.
  SocketWriteTimeout: 107, // how long SocketWrite may take.
  SocketBacklog: 108, // how many clients may wait for SocketAccept. The system may hold it lower.
  SocketTimeToLive: 109, // how many routers a packet may pass. UDP multicast passes none (1) until it is set.
  SocketMulticastLoop: 110, // this machine receives the multicast datagrams that it sends. UDP only.
  SSLHandshakeTimeout: 111, // how long a client of a TLS server may take for its handshake.
  SSLVerifyClient: 112, // whether a TLS server asks for the client's certificate: 0 no, 1 if offered, 2 required.
  SSLSystemRoots: 113, // 0 = trust only what SSLCaFile and SSLCaDirectory give.
  SSLVerifyDepth: 114, // how many certificates may stand between the peer's and the root.
  SSLStrict: 115, // OpenSSL's strict RFC 5280 checks, policies included.
  SocketReadIdle: 116, // SocketRead gives up with TIMEOUT once nothing at all has arrived for so long, each arrival begins it anew (the fifth parameter of WLanguage's SocketRead). Counts from the next read on.
  SSLNameInSubject: 117, // a server's name counts in its certificate's subjectAltName alone (RFC 9525). 1 = the subject's common name counts too where there is none, for old devices.
  SocketGather: 118, // how long SocketWrite may hold messages together, so that many leave with one system call, over TLS in one record. They leave at once when they are 64 KiB, when a SocketRead on the socket begins to wait, and with SocketFlush, SocketShutdown, SocketStartSSL and SocketClose. What fails then is told by the next call.
  SocketTraceLimit: 119, // how large a trace (SocketTraceFile) may become: then it moves to the same name with `.1` behind it, and a new one begins. Counts from the next file on.
  WebSocketServer: 120, // 1 = the server's clients speak WebSocket (RFC 6455): for browsers. Counts for the clients accepted from now on.
  WebSocketBinary: 121, // what SocketWrite sends over a WebSocket: 0 text, checked as UTF-8; 1 binary.
  SocketKeepAliveInterval: 122, // the time between two questions of SocketKeepAlive.
  SocketKeepAliveCount: 123, // how many questions of SocketKeepAlive may stay without an answer, until the connection is LOST. Windows before 10 (1703) asks ten times.
  SocketUserTimeout: 124, // how long what was written may stay without the peer's acknowledgement, until the connection is LOST (RFC 5482). Windows counts in whole seconds. On Linux it also ends the questions of SocketKeepAlive, in place of their number.
  SocketIdleTimeout: 125, // how long the peer may send nothing at all: then reads say LOST, and a watch tells the connection. Counts from the first read, or look of a watch, on.
  SocketProxyProtocol: 126, // 1 = each client of the server comes through a load balancer, which says whose connection it passes on (PROXY protocol 1 and 2). The first call that reads or writes reads that, before TLS, within SSLHandshakeTimeout; SocketClientInfo then tells the client. Anything else is BAD_FRAME, and from an address that SocketProxyFrom does not name ACCESS_DENIED. Counts for the clients accepted from now on.
  SocketFileMode: 127, // the mode of the file of a server on a Unix socket (`unix:/path`), 0600 without it: whoever may write to the file may connect. The file has it before anybody can.
  SocketLengthBytes: 128, // how many bytes the length of `SocketBinarySize` has. Like the five that follow it is read by SocketChangeTransmissionMode: set it before.
  SocketLengthOrder: 129, // 1 = the lowest byte of the length comes first (little endian); 0 = the highest does, as on most networks.
  SocketLengthOffset: 130, // how many bytes stand before the length. Without `SocketLengthHeader` they are passed over by reads, and zeros are written.
  SocketLengthAdjust: 131, // how many bytes the length counts that do not stand behind it: its own where it counts itself, and those before it.
  SocketLengthHeader: 132, // 1 = a message is the whole frame: what stands before the length, the length, what stands behind it. SocketWrite then puts the length into its place, whatever stands there.
  SocketLengthUncounted: 133, // how many bytes stand behind the length that it does not count: the rest of a header, or a checksum at the end.
  SocketSignalEndsWait: 134, // 1 = a signal's handler that runs in a waiting thread ends the wait with CANCELLED: Ctrl-C, an alarm, a request to end. Nothing is lost, the call can be made again. 0 = it waits on. As the default, set without a name, it counts for connecting and looking up names too. On Windows, which has no such handlers, 1 is NOT_SUPPORTED.
  // Text options of SocketSetText
  SSLCaFile: 201, // Text option: file of trusted certificate authorities: PEM, or one as DER.
  SSLCaDirectory: 202, // Text option: folder of trusted certificate authorities. Files that are none are passed over.
  SSLCrlFile: 203, // Text option: PEM file of revocation lists, complete ones: a list of changes (delta list) is refused.
  SSLKeyFile: 204, // Text option: PEM file of the private key, where the certificate's file does not hold it.
  SSLPassword: 205, // Text option: password of the private key or of the PKCS#12 file.
  SSLServerName: 206, // Text option, and what SocketSSLInfo tells: the name that the server's certificate must carry, where it is not the address. SocketSSLInfo tells the name that the client asked for (RFC 6066).
  SSLAlpn: 207, // Text option, and what SocketSSLInfo tells: application protocols (RFC 7301), separated by commas.
  SSLCipherList: 208, // Text option: OpenSSL's list of cipher suites, those of TLS 1.3 among them. A version of which it names none keeps its own.
  SSLPeerFingerprintPin: 209, // Text option: SHA-256 fingerprint that the peer's certificate must have, in hexadecimal.
  SSLGroups: 210, // Text option: OpenSSL's list of key exchanges, such as "X25519MLKEM768:X25519", separated by colons. Without it OpenSSL's own, the post-quantum X25519MLKEM768 first.
  SocketTraceFile: 211, // Text option: file that tells what goes on; "" ends it. A name that ends in `.pcapng` is a capture, which Wireshark opens and decrypts; any other is text, a line an event. `%p` is the process's id. Set it before TLS starts. Whoever can read a capture can read all that was encrypted: it is made for its owner alone.
  SSLKeyLogFile: 212, // Text option: file to which the secrets of TLS are added, as NSS key log lines, for captures made elsewhere. Whoever can read it can read all that was encrypted.
  WebSocketHeaders: 213, // Text option: lines that WebSocketClientConnect adds to its request, one below the other, such as "Origin: https://www.example.com" or "Authorization: …".
  SocketProxyAddress: 214, // Text option: the proxy of this connection as a URL, such as "http://login:password@proxy.example.com:3128", either percent-encoded. "direct:" for none where the process has one, "environment:" for the one that the environment names. Read when it connects.
  SocketProxyFrom: 215, // Text option: the load balancers that are believed whose connection they pass on (SocketProxyProtocol), as addresses and prefixes separated by commas, such as "192.0.2.9, 2001:db8::/32". Without it those on this machine (loopback, Unix sockets).
  SSLTicketKeyFile: 216, // Text option: file of the keys that a TLS server seals its sessions with, the same for several processes and machines, so that a session is taken up on any of them (docs/tls.md). Each key is 80 bytes, in base64 on a line of its own. The first one seals, all open. Who has the file can read what its sessions protect.
  SocketLocalAddress: 217, // Text option: this machine's own address that a client connects from, or its network interface, and its ports if need be: "192.0.2.9", "eth0", "[2001:db8::9]:5000-5010", ":5000-5010". Read when it connects, of a connection by way of a proxy to the proxy. Of an interface the first address of the peer's family counts; which way the packets take is for the machine's routes to say.
  SocketPortRange: 218, // Text option: the own ports that a client connects from, "5000-5010", where SocketLocalAddress names none. All in use is ADDRESS_IN_USE. Ports serve several peers at once, on Windows one.
  SSLCertificateDirectory: 219, // Text option: folder of a server's certificates for the names that clients ask for (RFC 6066): `*.pem`, `*.crt` or `*.cer`, each with its key in it or, where it has none, beside it as `*.key`; `*.p12` or `*.pfx`; `NAME/fullchain.pem` with `NAME/privkey.pem`. What stands in subjectAltName counts, never a file's name. The server's own certificate is for all other clients.
  SSLSignatures: 220, // Text option: OpenSSL's list of signature algorithms, such as "ecdsa_secp256r1_sha256:RSA-PSS+SHA256", separated by colons: what the peer may sign with. Without it OpenSSL's own.
  SSLPublicKeyPins: 221, // Text option: SHA-256 of public keys (SubjectPublicKeyInfo), in base64 or hexadecimal, separated by commas. The peer's verified chain must hold one of them, beside all other checks.
  // What SocketSSLInfo tells
  SSLProtocol: 301, // What SocketSSLInfo tells: the protocol's version.
  SSLCipher: 302, // What SocketSSLInfo tells: the cipher suite.
  SSLPeerSubject: 303, // What SocketSSLInfo tells: the subject of the peer's certificate.
  SSLPeerIssuer: 304, // What SocketSSLInfo tells: the issuer of the peer's certificate.
  SSLPeerFingerprint: 305, // What SocketSSLInfo tells: the SHA-256 fingerprint of the peer's certificate.
  SSLPeerNotAfter: 306, // What SocketSSLInfo tells: the last moment at which the peer's certificate is valid (ISO 8601).
  SSLGroup: 307, // What SocketSSLInfo tells: the group of the key exchange, such as X25519MLKEM768.
  SSLPeerNames: 308, // What SocketSSLInfo tells: the names and addresses in the subjectAltName of the peer's certificate, separated by ", ".
  SSLPeerSerial: 309, // What SocketSSLInfo tells: the serial number of the peer's certificate, in hexadecimal.
  SSLPeerNotBefore: 310, // What SocketSSLInfo tells: the first moment at which the peer's certificate is valid (ISO 8601).
  SSLPeerChain: 311, // What SocketSSLInfo tells: the certificates that the peer sent, its own first, as PEM.
  SSLResumed: 312, // What SocketSSLInfo tells: "1" where an earlier session was taken up, which spares the certificates, else "0".
  // Options of TLS, added together
  ProtocolSSL2: 1, // TLS option: SSL 2, which OpenSSL no longer has.
  ProtocolSSL3: 2, // TLS option: SSL 3, which OpenSSL no longer has.
  ProtocolTLS1: 4, // TLS option: TLS 1.0 (RFC 2246), for old machines only.
  ProtocolTLS1_1: 8, // TLS option: TLS 1.1 (RFC 4346), for old machines only.
  ProtocolTLS1_2: 16, // TLS option: TLS 1.2 (RFC 5246).
  ProtocolTLS1_3: 32, // TLS option: TLS 1.3 (RFC 8446).
  CertificateName: 64, // TLS option: the certificate is named by its subject's common name.
  CertificateHash: 128, // TLS option: the certificate is named by its SHA-1 or SHA-256 thumbprint.
  SSLNoVerify: 256, // TLS option: the peer's certificate is not checked. Anyone in between can read and change everything.
  SSLAsServer: 512, // TLS option of SocketStartSSL: this side is the server.
  // Error codes: positive from SocketErrorCode, negative as results
  WDSOCKET_OK: 0, // No error.
  WDSOCKET_ERR_INVALID_ARGUMENT: 1, // A parameter is outside what the function takes.
  WDSOCKET_ERR_NOT_FOUND: 2, // No socket of that name or id.
  WDSOCKET_ERR_NAME_IN_USE: 3, // The name belongs to another socket.
  WDSOCKET_ERR_TIMEOUT: 4, // The time given has passed.
  WDSOCKET_ERR_CLOSED: 5, // The peer ended the connection in good order.
  WDSOCKET_ERR_LOST: 6, // The connection broke.
  WDSOCKET_ERR_REFUSED: 7, // The peer's machine refuses connections on that port.
  WDSOCKET_ERR_UNREACHABLE: 8, // No route to the peer.
  WDSOCKET_ERR_HOST_NOT_FOUND: 9, // The host name has no address.
  WDSOCKET_ERR_ADDRESS_IN_USE: 10, // Another socket listens there already.
  WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE: 11, // The address is not one of this machine.
  WDSOCKET_ERR_ACCESS_DENIED: 12, // The system does not allow it.
  WDSOCKET_ERR_BUFFER_TOO_SMALL: 13, // The caller's buffer is shorter than the result; nothing was taken.
  WDSOCKET_ERR_MESSAGE_TOO_LARGE: 14, // The message is larger than the limit.
  WDSOCKET_ERR_BAD_FRAME: 15, // The bytes received are not in the transmission mode's format.
  WDSOCKET_ERR_WRONG_KIND: 16, // The function does not apply to this kind of socket.
  WDSOCKET_ERR_NO_CONNECTION: 17, // There is no peer (yet).
  WDSOCKET_ERR_CANCELLED: 18, // Another thread closed the socket (SocketClose) or ended the call (SocketCancel), or a signal's handler ended the wait (SocketSignalEndsWait).
  WDSOCKET_ERR_TLS_PROTOCOL: 19, // The TLS handshake or a TLS record failed.
  WDSOCKET_ERR_TLS_CERTIFICATE: 20, // The peer's certificate was not accepted.
  WDSOCKET_ERR_CERTIFICATE: 21, // Our own certificate or key cannot be used.
  WDSOCKET_ERR_NOT_SUPPORTED: 22, // Not available on this system or in this build.
  WDSOCKET_ERR_LIMIT: 23, // Out of descriptors, memory or ids.
  WDSOCKET_ERR_SYSTEM: 24, // Anything else that the operating system said.
  WDSOCKET_ERR_INTERNAL: 25, // A defect of this library.
  WDSOCKET_ERR_PROXY: 26, // The proxy cannot be had, or does not speak its protocol.
};

// Each function: its word (see hosts/README.md), and what a caller gives.
exports.functions = {
  SocketCreate: ['ytit', ["name", "port", "address"]],
  SocketCreateId: ['nit', ["port", "address"]],
  SocketWaitForConnection: ['yti', ["name", "timeout"]],
  SocketWaitForConnectionId: ['yii', ["id", "timeout"]],
  SocketAccept: ['ntT', ["name"]],
  SocketAcceptId: ['ni', ["id"]],
  SocketDeny: ['yt', ["name"]],
  SocketDenyId: ['yi', ["id"]],
  SocketConnect: ['ytiti', ["name", "port", "address", "timeout"]],
  SocketConnectId: ['niti', ["port", "address", "timeout"]],
  SocketClientInfo: ['ntiT', ["name", "info"]],
  SocketClientInfoId: ['niiT', ["id", "info"]],
  SocketLocalInfo: ['ntiT', ["name", "info"]],
  SocketLocalInfoId: ['niiT', ["id", "info"]],
  SocketConnected: ['yt', ["name"]],
  SocketConnectedId: ['yi', ["id"]],
  SocketShutdown: ['yt', ["name"]],
  SocketShutdownId: ['yi', ["id"]],
  SocketExist: ['yt', ["name"]],
  SocketExistId: ['yi', ["id"]],
  SocketClose: ['yt', ["name"]],
  SocketCloseId: ['yi', ["id"]],
  SocketCancel: ['yt', ["name"]],
  SocketCancelId: ['yi', ["id"]],
  SocketCloseAll: ['n', []],
  SocketRead: ['ntiiD', ["name", "undefined_wait", "timeout"]],
  SocketReadId: ['niiiD', ["id", "undefined_wait", "timeout"]],
  SocketWrite: ['ytd', ["name", "data"]],
  SocketWriteId: ['yid', ["id", "data"]],
  SocketFlush: ['yt', ["name"]],
  SocketFlushId: ['yi', ["id"]],
  SocketPending: ['nt', ["name"]],
  SocketPendingId: ['ni', ["id"]],
  SocketChangeTransmissionMode: ['ytid', ["name", "mode", "tag"]],
  SocketChangeTransmissionModeId: ['yiid', ["id", "mode", "tag"]],
  SocketWatch: ['yt', ["name"]],
  SocketWatchId: ['n', []],
  SocketWatchAdd: ['ytt', ["watch", "name"]],
  SocketWatchAddId: ['yii', ["watch", "id"]],
  SocketWatchRemove: ['ytt', ["watch", "name"]],
  SocketWatchRemoveId: ['yii', ["watch", "id"]],
  SocketWatchWritable: ['ytt', ["watch", "name"]],
  SocketWatchWritableId: ['yii', ["watch", "id"]],
  SocketWatchWait: ['ntiI', ["watch", "timeout"]],
  SocketWatchWaitId: ['niiI', ["watch", "timeout"]],
  SocketWatchHandle: ['nt', ["watch"]],
  SocketWatchHandleId: ['ni', ["watch"]],
  SocketWatchMessage: ['ytii', ["name", "window", "message"]],
  SocketWatchMessageId: ['yiii', ["id", "window", "message"]],
  WebSocketClientConnect: ['yttitti', ["name", "address", "port", "path", "protocols", "timeout"]],
  WebSocketClientConnectId: ['ntitti', ["address", "port", "path", "protocols", "timeout"]],
  WebSocketClientConnectSSL: ['yttittiit', ["name", "address", "port", "path", "protocols", "options", "timeout", "client_certificate"]],
  WebSocketClientConnectSSLId: ['ntittiit', ["address", "port", "path", "protocols", "options", "timeout", "client_certificate"]],
  SocketFromDescriptor: ['yti', ["name", "descriptor"]],
  SocketFromDescriptorId: ['ni', ["descriptor"]],
  SocketDescriptor: ['nt', ["name"]],
  SocketDescriptorId: ['ni', ["id"]],
  SocketCreateSSL: ['ytititt', ["name", "port", "certificate", "options", "address", "store"]],
  SocketCreateSSLId: ['nititt', ["port", "certificate", "options", "address", "store"]],
  SocketConnectSSL: ['ytitiit', ["name", "port", "address", "options", "timeout", "client_certificate"]],
  SocketConnectSSLId: ['nitiit', ["port", "address", "options", "timeout", "client_certificate"]],
  SocketStartSSL: ['ytiitt', ["name", "options", "timeout", "server_name", "client_certificate"]],
  SocketStartSSLId: ['yiiitt', ["id", "options", "timeout", "server_name", "client_certificate"]],
  SocketSSLInfo: ['ntiT', ["name", "info"]],
  SocketSSLInfoId: ['niiT', ["id", "info"]],
  SocketCreateUDP: ['ytit', ["name", "port", "address"]],
  SocketCreateUDPId: ['nit', ["port", "address"]],
  SocketWriteTo: ['ytdti', ["name", "data", "address", "port"]],
  SocketWriteToId: ['yidti', ["id", "data", "address", "port"]],
  SocketJoinGroup: ['yttt', ["name", "group", "network"]],
  SocketJoinGroupId: ['yitt', ["id", "group", "network"]],
  SocketLeaveGroup: ['yttt', ["name", "group", "network"]],
  SocketLeaveGroupId: ['yitt', ["id", "group", "network"]],
  SocketCreateBluetooth: ['ytt', ["name", "service"]],
  SocketCreateBluetoothId: ['nt', ["service"]],
  SocketConnectBluetooth: ['yttti', ["name", "service", "mac", "timeout"]],
  SocketConnectBluetoothId: ['ntti', ["service", "mac", "timeout"]],
  SocketCreateInfrared: ['ytt', ["name", "service"]],
  SocketCreateInfraredId: ['nt', ["service"]],
  SocketConnectInfrared: ['ytti', ["name", "service", "timeout"]],
  SocketConnectInfraredId: ['nti', ["service", "timeout"]],
  SocketSetOption: ['ytii', ["name", "option", "value"]],
  SocketSetOptionId: ['yiii', ["id", "option", "value"]],
  SocketGetOption: ['nti', ["name", "option"]],
  SocketGetOptionId: ['nii', ["id", "option"]],
  SocketSetText: ['ytit', ["name", "option", "text"]],
  SocketSetTextId: ['yiit', ["id", "option", "text"]],
  SocketId: ['nt', ["name"]],
  SocketName: ['niT', ["id"]],
  NetIPAddress: ['ntiT', ["machine", "rank"]],
  NetMachineName: ['nT', []],
  SocketProxy: ['ytitt', ["address", "port", "login", "password"]],
  SocketConfigure: ['yii', ["option", "value"]],
  SocketVersion: ['nT', []],
  SocketErrorCode: ['n', []],
  SocketErrorSystem: ['n', []],
  SocketErrorInfo: ['nT', []],
  SocketErrorText: ['niT', ["code"]],
};
