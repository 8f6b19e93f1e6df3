<?php
// The functions and constants of wdsocket; wdsocket.php runs them.
// Made from the sources: change them, then run `cargo run --release --example hosts`.

namespace wdsocket;

// Times, which are in milliseconds
const WDSOCKET_INFINITE = -1; // Time without limit.
const WDSOCKET_DEFAULT = -2; // The function's own default, for a time or an option.

// Transmission modes of SocketChangeTransmissionMode
const SocketEndTag = 0; // Transmission mode: the message, then the tag (by default `<EOF>`).
const SocketSize = 1; // Transmission mode (the default): decimal length, CR LF, the message.
const SocketEndTagBuffer = 2; // Transmission mode: the same bytes as SocketEndTag.
const SocketNoEndTag = 3; // Transmission mode: the bytes as they are, without any frame.
const SocketBinarySize = 4; // Transmission mode: a binary length of `SocketLengthBytes`, the message.
const SocketFixedSize = 5; // Transmission mode: messages that all have one size, which is given as `tag_size`.
const SocketLine = 6; // Transmission mode: lines. One ends at LF, and a CR before it goes too; it is written with CR LF.
const SocketExactSize = 7; // Transmission mode: the bytes as they are; a read takes exactly as many as its buffer holds.

// SocketConfigure: what it sets
const SocketConfigureMode = 1; // What SocketConfigure sets: which library makes TLS.

// SocketConfigure: values of SocketConfigureMode
const SocketModeSChannel = 0; // Value of SocketConfigureMode: Windows' SChannel. NOT_SUPPORTED.
const SocketModeOpenSSL = 1; // Value of SocketConfigureMode: OpenSSL, which is always used.

// What SocketClientInfo and SocketLocalInfo tell
const SocketAddress = 1; // What SocketClientInfo and SocketLocalInfo tell: the IP address as text.
const SocketPort = 2; // What SocketClientInfo and SocketLocalInfo tell: the port as decimal text.

// What SocketLocalInfo tells beside, as decimal text
const SocketBytesReceived = 3; // What SocketLocalInfo tells: the bytes that have come, with frames and TLS, as the network counts them. Without a name: those of all sockets.
const SocketBytesSent = 4; // What SocketLocalInfo tells: the bytes that the system has taken, with frames and TLS. Without a name: those of all sockets.
const SocketMessagesReceived = 5; // What SocketLocalInfo tells: the messages that were read, the datagrams of UDP. Without a name: those of all sockets.
const SocketMessagesSent = 6; // What SocketLocalInfo tells: the messages that were written, the datagrams of UDP. Without a name: those of all sockets.
const SocketSince = 7; // What SocketLocalInfo tells: since when the socket stands (ISO 8601, UTC).
const SocketSilentFor = 8; // What SocketLocalInfo tells: for how many milliseconds nothing has come.
const SocketRoundTrip = 9; // What SocketLocalInfo tells: microseconds to the peer and back, as TCP has measured it. Not under Wine.
const SocketRetransmits = 10; // What SocketLocalInfo tells: the segments that TCP had to send again; on Windows the bytes of them. Not under Wine.
const SocketUnsent = 11; // What SocketLocalInfo tells: written bytes that the system has not sent yet. Not on Windows.
const SocketHandshakeTime = 12; // What SocketLocalInfo tells: the microseconds that the TLS handshake took.
const SocketLastError = 13; // What SocketLocalInfo tells: the text of the last error that a call said of this socket; "" for none.
const SocketOpenSockets = 14; // What SocketLocalInfo tells without a name: how many sockets are open.

// What SocketClientInfo tells of a WebSocket
const WebSocketKind = 15; // What SocketClientInfo tells of a WebSocket: "text" or "binary", as the last message was that this thread read.

// What SocketClientInfo tells of the peer of a Unix socket
const SocketPeerUser = 16; // What SocketClientInfo tells: the number of the user who connected, or of a client's server, who listens. Not on Windows.
const SocketPeerProcess = 17; // What SocketClientInfo tells: the process that connected, or of a client's server, that listens; 0 for one that this process cannot see, in another container. Not on Windows.

// Whole-number options of SocketSetOption and SocketGetOption
const SocketNagle = 101; // 1 = collect small messages before they leave (Nagle's algorithm).
const SocketUniqueAddress = 102; // no other program may take the port. Read when the socket is created.
const SocketKeepAlive = 103; // how long a connection may be silent before the system asks whether the peer lives. It asks three times (SocketKeepAliveCount), a third of that time apart (SocketKeepAliveInterval); without an answer the connection is LOST. So it is where the peer has acknowledged nothing of what was sent, or taken none of it, for twice that time (SocketUserTimeout).
const SocketReceiveBuffer = 104; // the system's receive buffer. Linux keeps, and tells, twice what is asked.
const SocketSendBuffer = 105; // the system's send buffer. Linux keeps, and tells, twice what is asked.
const SocketMaxMessage = 106; // the largest message that SocketRead takes.
const SocketWriteTimeout = 107; // how long SocketWrite may take.
const SocketBacklog = 108; // how many clients may wait for SocketAccept. The system may hold it lower.
const SocketTimeToLive = 109; // how many routers a packet may pass. UDP multicast passes none (1) until it is set.
const SocketMulticastLoop = 110; // this machine receives the multicast datagrams that it sends. UDP only.
const SSLHandshakeTimeout = 111; // how long a client of a TLS server may take for its handshake.
const SSLVerifyClient = 112; // whether a TLS server asks for the client's certificate: 0 no, 1 if offered, 2 required.
const SSLSystemRoots = 113; // 0 = trust only what SSLCaFile and SSLCaDirectory give.
const SSLVerifyDepth = 114; // how many certificates may stand between the peer's and the root.
const SSLStrict = 115; // OpenSSL's strict RFC 5280 checks, policies included.
const SocketReadIdle = 116; // SocketRead gives up with TIMEOUT once nothing at all has arrived for so long, each arrival begins it anew (the fifth parameter of WLanguage's SocketRead). Counts from the next read on.
const SSLNameInSubject = 117; // a server's name counts in its certificate's subjectAltName alone (RFC 9525). 1 = the subject's common name counts too where there is none, for old devices.
const SocketGather = 118; // how long SocketWrite may hold messages together, so that many leave with one system call, over TLS in one record. They leave at once when they are 64 KiB, when a SocketRead on the socket begins to wait, and with SocketFlush, SocketShutdown, SocketStartSSL and SocketClose. What fails then is told by the next call.
const SocketTraceLimit = 119; // how large a trace (SocketTraceFile) may become: then it moves to the same name with `.1` behind it, and a new one begins. Counts from the next file on.
const WebSocketServer = 120; // 1 = the server's clients speak WebSocket (RFC 6455): for browsers. Counts for the clients accepted from now on.
const WebSocketBinary = 121; // what SocketWrite sends over a WebSocket: 0 text, checked as UTF-8; 1 binary.
const SocketKeepAliveInterval = 122; // the time between two questions of SocketKeepAlive.
const SocketKeepAliveCount = 123; // how many questions of SocketKeepAlive may stay without an answer, until the connection is LOST. Windows before 10 (1703) asks ten times.
const SocketUserTimeout = 124; // how long what was written may stay without the peer's acknowledgement, until the connection is LOST (RFC 5482). Windows counts in whole seconds. On Linux it also ends the questions of SocketKeepAlive, in place of their number.
const SocketIdleTimeout = 125; // how long the peer may send nothing at all: then reads say LOST, and a watch tells the connection. Counts from the first read, or look of a watch, on.
const SocketProxyProtocol = 126; // 1 = each client of the server comes through a load balancer, which says whose connection it passes on (PROXY protocol 1 and 2). The first call that reads or writes reads that, before TLS, within SSLHandshakeTimeout; SocketClientInfo then tells the client. Anything else is BAD_FRAME, and from an address that SocketProxyFrom does not name ACCESS_DENIED. Counts for the clients accepted from now on.
const SocketFileMode = 127; // the mode of the file of a server on a Unix socket (`unix:/path`), 0600 without it: whoever may write to the file may connect. The file has it before anybody can.
const SocketLengthBytes = 128; // how many bytes the length of `SocketBinarySize` has. Like the five that follow it is read by SocketChangeTransmissionMode: set it before.
const SocketLengthOrder = 129; // 1 = the lowest byte of the length comes first (little endian); 0 = the highest does, as on most networks.
const SocketLengthOffset = 130; // how many bytes stand before the length. Without `SocketLengthHeader` they are passed over by reads, and zeros are written.
const SocketLengthAdjust = 131; // how many bytes the length counts that do not stand behind it: its own where it counts itself, and those before it.
const SocketLengthHeader = 132; // 1 = a message is the whole frame: what stands before the length, the length, what stands behind it. SocketWrite then puts the length into its place, whatever stands there.
const SocketLengthUncounted = 133; // how many bytes stand behind the length that it does not count: the rest of a header, or a checksum at the end.
const SocketSignalEndsWait = 134; // 1 = a signal's handler that runs in a waiting thread ends the wait with CANCELLED: Ctrl-C, an alarm, a request to end. Nothing is lost, the call can be made again. 0 = it waits on. As the default, set without a name, it counts for connecting and looking up names too. On Windows, which has no such handlers, 1 is NOT_SUPPORTED.

// Text options of SocketSetText
const SSLCaFile = 201; // Text option: file of trusted certificate authorities: PEM, or one as DER.
const SSLCaDirectory = 202; // Text option: folder of trusted certificate authorities. Files that are none are passed over.
const SSLCrlFile = 203; // Text option: PEM file of revocation lists, complete ones: a list of changes (delta list) is refused.
const SSLKeyFile = 204; // Text option: PEM file of the private key, where the certificate's file does not hold it.
const SSLPassword = 205; // Text option: password of the private key or of the PKCS#12 file.
const SSLServerName = 206; // Text option, and what SocketSSLInfo tells: the name that the server's certificate must carry, where it is not the address. SocketSSLInfo tells the name that the client asked for (RFC 6066).
const SSLAlpn = 207; // Text option, and what SocketSSLInfo tells: application protocols (RFC 7301), separated by commas.
const SSLCipherList = 208; // Text option: OpenSSL's list of cipher suites, those of TLS 1.3 among them. A version of which it names none keeps its own.
const SSLPeerFingerprintPin = 209; // Text option: SHA-256 fingerprint that the peer's certificate must have, in hexadecimal.
const SSLGroups = 210; // Text option: OpenSSL's list of key exchanges, such as "X25519MLKEM768:X25519", separated by colons. Without it OpenSSL's own, the post-quantum X25519MLKEM768 first.
const SocketTraceFile = 211; // Text option: file that tells what goes on; "" ends it. A name that ends in `.pcapng` is a capture, which Wireshark opens and decrypts; any other is text, a line an event. `%p` is the process's id. Set it before TLS starts. Whoever can read a capture can read all that was encrypted: it is made for its owner alone.
const SSLKeyLogFile = 212; // Text option: file to which the secrets of TLS are added, as NSS key log lines, for captures made elsewhere. Whoever can read it can read all that was encrypted.
const WebSocketHeaders = 213; // Text option: lines that WebSocketClientConnect adds to its request, one below the other, such as "Origin: https://www.example.com" or "Authorization: …".
const SocketProxyAddress = 214; // Text option: the proxy of this connection as a URL, such as "http://login:password@proxy.example.com:3128", either percent-encoded. "direct:" for none where the process has one, "environment:" for the one that the environment names. Read when it connects.
const SocketProxyFrom = 215; // Text option: the load balancers that are believed whose connection they pass on (SocketProxyProtocol), as addresses and prefixes separated by commas, such as "192.0.2.9, 2001:db8::/32". Without it those on this machine (loopback, Unix sockets).
const SSLTicketKeyFile = 216; // Text option: file of the keys that a TLS server seals its sessions with, the same for several processes and machines, so that a session is taken up on any of them (docs/tls.md). Each key is 80 bytes, in base64 on a line of its own. The first one seals, all open. Who has the file can read what its sessions protect.
const SocketLocalAddress = 217; // Text option: this machine's own address that a client connects from, or its network interface, and its ports if need be: "192.0.2.9", "eth0", "[2001:db8::9]:5000-5010", ":5000-5010". Read when it connects, of a connection by way of a proxy to the proxy. Of an interface the first address of the peer's family counts; which way the packets take is for the machine's routes to say.
const SocketPortRange = 218; // Text option: the own ports that a client connects from, "5000-5010", where SocketLocalAddress names none. All in use is ADDRESS_IN_USE. Ports serve several peers at once, on Windows one.
const SSLCertificateDirectory = 219; // Text option: folder of a server's certificates for the names that clients ask for (RFC 6066): `*.pem`, `*.crt` or `*.cer`, each with its key in it or, where it has none, beside it as `*.key`; `*.p12` or `*.pfx`; `NAME/fullchain.pem` with `NAME/privkey.pem`. What stands in subjectAltName counts, never a file's name. The server's own certificate is for all other clients.
const SSLSignatures = 220; // Text option: OpenSSL's list of signature algorithms, such as "ecdsa_secp256r1_sha256:RSA-PSS+SHA256", separated by colons: what the peer may sign with. Without it OpenSSL's own.
const SSLPublicKeyPins = 221; // Text option: SHA-256 of public keys (SubjectPublicKeyInfo), in base64 or hexadecimal, separated by commas. The peer's verified chain must hold one of them, beside all other checks.

// What SocketSSLInfo tells
const SSLProtocol = 301; // What SocketSSLInfo tells: the protocol's version.
const SSLCipher = 302; // What SocketSSLInfo tells: the cipher suite.
const SSLPeerSubject = 303; // What SocketSSLInfo tells: the subject of the peer's certificate.
const SSLPeerIssuer = 304; // What SocketSSLInfo tells: the issuer of the peer's certificate.
const SSLPeerFingerprint = 305; // What SocketSSLInfo tells: the SHA-256 fingerprint of the peer's certificate.
const SSLPeerNotAfter = 306; // What SocketSSLInfo tells: the last moment at which the peer's certificate is valid (ISO 8601).
const SSLGroup = 307; // What SocketSSLInfo tells: the group of the key exchange, such as X25519MLKEM768.
const SSLPeerNames = 308; // What SocketSSLInfo tells: the names and addresses in the subjectAltName of the peer's certificate, separated by ", ".
const SSLPeerSerial = 309; // What SocketSSLInfo tells: the serial number of the peer's certificate, in hexadecimal.
const SSLPeerNotBefore = 310; // What SocketSSLInfo tells: the first moment at which the peer's certificate is valid (ISO 8601).
const SSLPeerChain = 311; // What SocketSSLInfo tells: the certificates that the peer sent, its own first, as PEM.
const SSLResumed = 312; // What SocketSSLInfo tells: "1" where an earlier session was taken up, which spares the certificates, else "0".

// Options of TLS, added together
const ProtocolSSL2 = 1; // TLS option: SSL 2, which OpenSSL no longer has.
const ProtocolSSL3 = 2; // TLS option: SSL 3, which OpenSSL no longer has.
const ProtocolTLS1 = 4; // TLS option: TLS 1.0 (RFC 2246), for old machines only.
const ProtocolTLS1_1 = 8; // TLS option: TLS 1.1 (RFC 4346), for old machines only.
const ProtocolTLS1_2 = 16; // TLS option: TLS 1.2 (RFC 5246).
const ProtocolTLS1_3 = 32; // TLS option: TLS 1.3 (RFC 8446).
const CertificateName = 64; // TLS option: the certificate is named by its subject's common name.
const CertificateHash = 128; // TLS option: the certificate is named by its SHA-1 or SHA-256 thumbprint.
const SSLNoVerify = 256; // TLS option: the peer's certificate is not checked. Anyone in between can read and change everything.
const SSLAsServer = 512; // TLS option of SocketStartSSL: this side is the server.

// Error codes: positive from SocketErrorCode, negative as results
const WDSOCKET_OK = 0; // No error.
const WDSOCKET_ERR_INVALID_ARGUMENT = 1; // A parameter is outside what the function takes.
const WDSOCKET_ERR_NOT_FOUND = 2; // No socket of that name or id.
const WDSOCKET_ERR_NAME_IN_USE = 3; // The name belongs to another socket.
const WDSOCKET_ERR_TIMEOUT = 4; // The time given has passed.
const WDSOCKET_ERR_CLOSED = 5; // The peer ended the connection in good order.
const WDSOCKET_ERR_LOST = 6; // The connection broke.
const WDSOCKET_ERR_REFUSED = 7; // The peer's machine refuses connections on that port.
const WDSOCKET_ERR_UNREACHABLE = 8; // No route to the peer.
const WDSOCKET_ERR_HOST_NOT_FOUND = 9; // The host name has no address.
const WDSOCKET_ERR_ADDRESS_IN_USE = 10; // Another socket listens there already.
const WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE = 11; // The address is not one of this machine.
const WDSOCKET_ERR_ACCESS_DENIED = 12; // The system does not allow it.
const WDSOCKET_ERR_BUFFER_TOO_SMALL = 13; // The caller's buffer is shorter than the result; nothing was taken.
const WDSOCKET_ERR_MESSAGE_TOO_LARGE = 14; // The message is larger than the limit.
const WDSOCKET_ERR_BAD_FRAME = 15; // The bytes received are not in the transmission mode's format.
const WDSOCKET_ERR_WRONG_KIND = 16; // The function does not apply to this kind of socket.
const WDSOCKET_ERR_NO_CONNECTION = 17; // There is no peer (yet).
const WDSOCKET_ERR_CANCELLED = 18; // Another thread closed the socket (SocketClose) or ended the call (SocketCancel), or a signal's handler ended the wait (SocketSignalEndsWait).
const WDSOCKET_ERR_TLS_PROTOCOL = 19; // The TLS handshake or a TLS record failed.
const WDSOCKET_ERR_TLS_CERTIFICATE = 20; // The peer's certificate was not accepted.
const WDSOCKET_ERR_CERTIFICATE = 21; // Our own certificate or key cannot be used.
const WDSOCKET_ERR_NOT_SUPPORTED = 22; // Not available on this system or in this build.
const WDSOCKET_ERR_LIMIT = 23; // Out of descriptors, memory or ids.
const WDSOCKET_ERR_SYSTEM = 24; // Anything else that the operating system said.
const WDSOCKET_ERR_INTERNAL = 25; // A defect of this library.
const WDSOCKET_ERR_PROXY = 26; // The proxy cannot be had, or does not speak its protocol.

// What FFI reads.
const DECLARATIONS = '
intptr_t SocketCreate(const char *name, int32_t port, const char *address);
intptr_t SocketCreateId(int32_t port, const char *address);
intptr_t SocketWaitForConnection(const char *name, int32_t timeout);
intptr_t SocketWaitForConnectionId(int32_t id, int32_t timeout);
intptr_t SocketAccept(const char *name, char *channel, int32_t capacity);
intptr_t SocketAcceptId(int32_t id);
intptr_t SocketDeny(const char *name);
intptr_t SocketDenyId(int32_t id);
intptr_t SocketConnect(const char *name, int32_t port, const char *address, int32_t timeout);
intptr_t SocketConnectId(int32_t port, const char *address, int32_t timeout);
intptr_t SocketClientInfo(const char *name, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketClientInfoId(int32_t id, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketLocalInfo(const char *name, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketLocalInfoId(int32_t id, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketConnected(const char *name);
intptr_t SocketConnectedId(int32_t id);
intptr_t SocketShutdown(const char *name);
intptr_t SocketShutdownId(int32_t id);
intptr_t SocketExist(const char *name);
intptr_t SocketExistId(int32_t id);
intptr_t SocketClose(const char *name);
intptr_t SocketCloseId(int32_t id);
intptr_t SocketCancel(const char *name);
intptr_t SocketCancelId(int32_t id);
intptr_t SocketCloseAll(void);
intptr_t SocketRead(const char *name, int32_t undefined_wait, int32_t timeout, char *buffer, int32_t capacity);
intptr_t SocketReadId(int32_t id, int32_t undefined_wait, int32_t timeout, char *buffer, int32_t capacity);
intptr_t SocketWrite(const char *name, const char *data, int32_t size);
intptr_t SocketWriteId(int32_t id, const char *data, int32_t size);
intptr_t SocketFlush(const char *name);
intptr_t SocketFlushId(int32_t id);
intptr_t SocketPending(const char *name);
intptr_t SocketPendingId(int32_t id);
intptr_t SocketChangeTransmissionMode(const char *name, int32_t mode, const char *tag, int32_t tag_size);
intptr_t SocketChangeTransmissionModeId(int32_t id, int32_t mode, const char *tag, int32_t tag_size);
intptr_t SocketWatch(const char *name);
intptr_t SocketWatchId(void);
intptr_t SocketWatchAdd(const char *watch, const char *name);
intptr_t SocketWatchAddId(int32_t watch, int32_t id);
intptr_t SocketWatchRemove(const char *watch, const char *name);
intptr_t SocketWatchRemoveId(int32_t watch, int32_t id);
intptr_t SocketWatchWritable(const char *watch, const char *name);
intptr_t SocketWatchWritableId(int32_t watch, int32_t id);
intptr_t SocketWatchWait(const char *watch, int32_t timeout, int32_t *ids, int32_t capacity);
intptr_t SocketWatchWaitId(int32_t watch, int32_t timeout, int32_t *ids, int32_t capacity);
intptr_t SocketWatchHandle(const char *watch);
intptr_t SocketWatchHandleId(int32_t watch);
intptr_t SocketWatchMessage(const char *name, int32_t window, int32_t message);
intptr_t SocketWatchMessageId(int32_t id, int32_t window, int32_t message);
intptr_t WebSocketClientConnect(const char *name, const char *address, int32_t port, const char *path, const char *protocols, int32_t timeout);
intptr_t WebSocketClientConnectId(const char *address, int32_t port, const char *path, const char *protocols, int32_t timeout);
intptr_t WebSocketClientConnectSSL(const char *name, const char *address, int32_t port, const char *path, const char *protocols, int32_t options, int32_t timeout, const char *client_certificate);
intptr_t WebSocketClientConnectSSLId(const char *address, int32_t port, const char *path, const char *protocols, int32_t options, int32_t timeout, const char *client_certificate);
intptr_t SocketFromDescriptor(const char *name, int32_t descriptor);
intptr_t SocketFromDescriptorId(int32_t descriptor);
intptr_t SocketDescriptor(const char *name);
intptr_t SocketDescriptorId(int32_t id);
intptr_t SocketCreateSSL(const char *name, int32_t port, const char *certificate, int32_t options, const char *address, const char *store);
intptr_t SocketCreateSSLId(int32_t port, const char *certificate, int32_t options, const char *address, const char *store);
intptr_t SocketConnectSSL(const char *name, int32_t port, const char *address, int32_t options, int32_t timeout, const char *client_certificate);
intptr_t SocketConnectSSLId(int32_t port, const char *address, int32_t options, int32_t timeout, const char *client_certificate);
intptr_t SocketStartSSL(const char *name, int32_t options, int32_t timeout, const char *server_name, const char *client_certificate);
intptr_t SocketStartSSLId(int32_t id, int32_t options, int32_t timeout, const char *server_name, const char *client_certificate);
intptr_t SocketSSLInfo(const char *name, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketSSLInfoId(int32_t id, int32_t info, char *buffer, int32_t capacity);
intptr_t SocketCreateUDP(const char *name, int32_t port, const char *address);
intptr_t SocketCreateUDPId(int32_t port, const char *address);
intptr_t SocketWriteTo(const char *name, const char *data, int32_t size, const char *address, int32_t port);
intptr_t SocketWriteToId(int32_t id, const char *data, int32_t size, const char *address, int32_t port);
intptr_t SocketJoinGroup(const char *name, const char *group, const char *network);
intptr_t SocketJoinGroupId(int32_t id, const char *group, const char *network);
intptr_t SocketLeaveGroup(const char *name, const char *group, const char *network);
intptr_t SocketLeaveGroupId(int32_t id, const char *group, const char *network);
intptr_t SocketCreateBluetooth(const char *name, const char *service);
intptr_t SocketCreateBluetoothId(const char *service);
intptr_t SocketConnectBluetooth(const char *name, const char *service, const char *mac, int32_t timeout);
intptr_t SocketConnectBluetoothId(const char *service, const char *mac, int32_t timeout);
intptr_t SocketCreateInfrared(const char *name, const char *service);
intptr_t SocketCreateInfraredId(const char *service);
intptr_t SocketConnectInfrared(const char *name, const char *service, int32_t timeout);
intptr_t SocketConnectInfraredId(const char *service, int32_t timeout);
intptr_t SocketSetOption(const char *name, int32_t option, int32_t value);
intptr_t SocketSetOptionId(int32_t id, int32_t option, int32_t value);
intptr_t SocketGetOption(const char *name, int32_t option);
intptr_t SocketGetOptionId(int32_t id, int32_t option);
intptr_t SocketSetText(const char *name, int32_t option, const char *text);
intptr_t SocketSetTextId(int32_t id, int32_t option, const char *text);
intptr_t SocketId(const char *name);
intptr_t SocketName(int32_t id, char *buffer, int32_t capacity);
intptr_t NetIPAddress(const char *machine, int32_t rank, char *buffer, int32_t capacity);
intptr_t NetMachineName(char *buffer, int32_t capacity);
intptr_t SocketProxy(const char *address, int32_t port, const char *login, const char *password);
intptr_t SocketConfigure(int32_t option, int32_t value);
intptr_t SocketVersion(char *buffer, int32_t capacity);
intptr_t SocketErrorCode(void);
intptr_t SocketErrorSystem(void);
intptr_t SocketErrorInfo(char *buffer, int32_t capacity);
intptr_t SocketErrorText(int32_t code, char *buffer, int32_t capacity);
';

// Servers: listening, waiting for clients, taking them
/** Creates a server: a TCP socket that listens for clients (WLanguage: SocketCreate). */
function SocketCreate(?string $name, int $port, ?string $address = null): bool { return call('SocketCreate', 'ytit', [$name, $port, $address]); }
/** As `SocketCreate`, without a name. */
function SocketCreateId(int $port, ?string $address = null): int { return call('SocketCreateId', 'nit', [$port, $address]); }
/** Waits until a client wants to connect to a server (WLanguage: SocketWaitForConnection). */
function SocketWaitForConnection(?string $name, int $timeout = WDSOCKET_DEFAULT): bool { return call('SocketWaitForConnection', 'yti', [$name, $timeout]); }
/** As `SocketWaitForConnection`, by id. */
function SocketWaitForConnectionId(int $id, int $timeout = WDSOCKET_DEFAULT): bool { return call('SocketWaitForConnectionId', 'yii', [$id, $timeout]); }
/** Takes the waiting client of a server as a new socket, its channel (WLanguage: SocketAccept). */
function SocketAccept(?string $name): string { return call('SocketAccept', 'ntT', [$name]); }
/** As `SocketAccept`, by id. */
function SocketAcceptId(int $id): int { return call('SocketAcceptId', 'ni', [$id]); }
/** Sends a client away (WLanguage: SocketDeny). */
function SocketDeny(?string $name): bool { return call('SocketDeny', 'yt', [$name]); }
/** As `SocketDeny`, by id. */
function SocketDenyId(int $id): bool { return call('SocketDenyId', 'yi', [$id]); }

// Connections: making, asking about and ending them
/** Connects to a server over TCP (WLanguage: SocketConnect). */
function SocketConnect(?string $name, int $port, ?string $address = null, int $timeout = WDSOCKET_DEFAULT): bool { return call('SocketConnect', 'ytiti', [$name, $port, $address, $timeout]); }
/** As `SocketConnect`, without a name. */
function SocketConnectId(int $port, ?string $address = null, int $timeout = WDSOCKET_DEFAULT): int { return call('SocketConnectId', 'niti', [$port, $address, $timeout]); }
/** Tells who the peer is (WLanguage: SocketClientInfo). */
function SocketClientInfo(?string $name, int $info): string { return call('SocketClientInfo', 'ntiT', [$name, $info]); }
/** As `SocketClientInfo`, by id. */
function SocketClientInfoId(int $id, int $info): string { return call('SocketClientInfoId', 'niiT', [$id, $info]); }
/** Tells this machine's own address and port of a socket, such as what port 0 became, and how the socket does. */
function SocketLocalInfo(?string $name, int $info): string { return call('SocketLocalInfo', 'ntiT', [$name, $info]); }
/** As `SocketLocalInfo`, by id. */
function SocketLocalInfoId(int $id, int $info): string { return call('SocketLocalInfoId', 'niiT', [$id, $info]); }
/** Tells whether the peer is still there, as far as the system knows now. */
function SocketConnected(?string $name): bool { return call('SocketConnected', 'yt', [$name]); }
/** As `SocketConnected`, by id. */
function SocketConnectedId(int $id): bool { return call('SocketConnectedId', 'yi', [$id]); }
/** Ends the sending half of a connection: the peer reads everything that was written, then the end. */
function SocketShutdown(?string $name): bool { return call('SocketShutdown', 'yt', [$name]); }
/** As `SocketShutdown`, by id. */
function SocketShutdownId(int $id): bool { return call('SocketShutdownId', 'yi', [$id]); }
/** Tells whether a socket exists (WLanguage: SocketExist). */
function SocketExist(?string $name): bool { return call('SocketExist', 'yt', [$name]); }
/** As `SocketExist`, by id. */
function SocketExistId(int $id): bool { return call('SocketExistId', 'yi', [$id]); }
/** Closes a socket (WLanguage: SocketClose). */
function SocketClose(?string $name): bool { return call('SocketClose', 'yt', [$name]); }
/** As `SocketClose`, by id. */
function SocketCloseId(int $id): bool { return call('SocketCloseId', 'yi', [$id]); }
/** Ends the waits on a socket and keeps it: every call on it that has begun in another thread and waits ends with CANCELLED. */
function SocketCancel(?string $name): bool { return call('SocketCancel', 'yt', [$name]); }
/** As `SocketCancel`, by id. */
function SocketCancelId(int $id): bool { return call('SocketCancelId', 'yi', [$id]); }
/** Closes every socket of this process, as `SocketClose` does, for a program that ends. */
function SocketCloseAll(): int { return call('SocketCloseAll', 'n', []); }

// Messages: reading, writing, and how they are told apart
/** Reads the next message (WLanguage: SocketRead). */
function SocketRead(?string $name, int $undefined_wait = 0, int $timeout = WDSOCKET_DEFAULT): string { return call('SocketRead', 'ntiiD', [$name, $undefined_wait, $timeout]); }
/** As `SocketRead`, by id. */
function SocketReadId(int $id, int $undefined_wait = 0, int $timeout = WDSOCKET_DEFAULT): string { return call('SocketReadId', 'niiiD', [$id, $undefined_wait, $timeout]); }
/** Sends one message (WLanguage: SocketWrite). */
function SocketWrite(?string $name, ?string $data): bool { return call('SocketWrite', 'ytd', [$name, $data]); }
/** As `SocketWrite`, by id. */
function SocketWriteId(int $id, ?string $data): bool { return call('SocketWriteId', 'yid', [$id, $data]); }
/** Gives the system what `SocketGather` holds of what was written. */
function SocketFlush(?string $name): bool { return call('SocketFlush', 'yt', [$name]); }
/** As `SocketFlush`, by id. */
function SocketFlushId(int $id): bool { return call('SocketFlushId', 'yi', [$id]); }
/** Tells the size of what the next SocketRead would return without waiting: how large a buffer to give. */
function SocketPending(?string $name): int { return call('SocketPending', 'nt', [$name]); }
/** As `SocketPending`, by id. */
function SocketPendingId(int $id): int { return call('SocketPendingId', 'ni', [$id]); }
/** Says how messages are told apart on the wire (WLanguage: SocketChangeTransmissionMode). */
function SocketChangeTransmissionMode(?string $name, int $mode, ?string $tag = null): bool { return call('SocketChangeTransmissionMode', 'ytid', [$name, $mode, $tag]); }
/** As `SocketChangeTransmissionMode`, by id. */
function SocketChangeTransmissionModeId(int $id, int $mode, ?string $tag = null): bool { return call('SocketChangeTransmissionModeId', 'yiid', [$id, $mode, $tag]); }

// Watches: one wait for many sockets
/** Creates a watch: one thread waits with it for any number of sockets. */
function SocketWatch(?string $name): bool { return call('SocketWatch', 'yt', [$name]); }
/** As `SocketWatch`, without a name. */
function SocketWatchId(): int { return call('SocketWatchId', 'n', []); }
/** Adds a socket to a watch: a connection, a server, a UDP socket. */
function SocketWatchAdd(?string $watch, ?string $name): bool { return call('SocketWatchAdd', 'ytt', [$watch, $name]); }
/** As `SocketWatchAdd`, by ids. */
function SocketWatchAddId(int $watch, int $id): bool { return call('SocketWatchAddId', 'yii', [$watch, $id]); }
/** Takes a socket out of a watch; the socket stays open. */
function SocketWatchRemove(?string $watch, ?string $name): bool { return call('SocketWatchRemove', 'ytt', [$watch, $name]); }
/** As `SocketWatchRemove`, by ids. */
function SocketWatchRemoveId(int $watch, int $id): bool { return call('SocketWatchRemoveId', 'yii', [$watch, $id]); }
/** Has a watch tell a socket once, as soon as it can be written to, so that a loop of one thread need not wait for a peer that reads slowly. */
function SocketWatchWritable(?string $watch, ?string $name): bool { return call('SocketWatchWritable', 'ytt', [$watch, $name]); }
/** As `SocketWatchWritable`, by ids. */
function SocketWatchWritableId(int $watch, int $id): bool { return call('SocketWatchWritableId', 'yii', [$watch, $id]); }
/** Waits until sockets of a watch are ready, and tells which. */
function SocketWatchWait(?string $watch, int $timeout = WDSOCKET_DEFAULT): array { return call('SocketWatchWait', 'ntiI', [$watch, $timeout]); }
/** As `SocketWatchWait`, by id. */
function SocketWatchWaitId(int $watch, int $timeout = WDSOCKET_DEFAULT): array { return call('SocketWatchWaitId', 'niiI', [$watch, $timeout]); }
/** Tells what a loop of your own waits for in place of SocketWatchWait: a descriptor for select, poll, epoll, GLib, libevent, Qt, Python's selectors; on Windows the handle of an event for WaitForMultipleObjects, MsgWaitForMultipleObjects, GLib, Qt. */
function SocketWatchHandle(?string $watch): int { return call('SocketWatchHandle', 'nt', [$watch]); }
/** As `SocketWatchHandle`, by id. */
function SocketWatchHandleId(int $watch): int { return call('SocketWatchHandleId', 'ni', [$watch]); }
/** Has a message posted to a window of this program whenever SocketWatchWait may tell something, for programs whose loop is that of a window. */
function SocketWatchMessage(?string $name, int $window, int $message): bool { return call('SocketWatchMessage', 'ytii', [$name, $window, $message]); }
/** As `SocketWatchMessage`, by id. */
function SocketWatchMessageId(int $id, int $window, int $message): bool { return call('SocketWatchMessageId', 'yiii', [$id, $window, $message]); }

// WebSocket clients. A WebSocket server is any server with the option WebSocketServer
/** Connects to a WebSocket server (WLanguage: WebSocketClientConnect; RFC 6455). */
function WebSocketClientConnect(?string $name, ?string $address, int $port, ?string $path = null, ?string $protocols = null, int $timeout = WDSOCKET_DEFAULT): bool { return call('WebSocketClientConnect', 'yttitti', [$name, $address, $port, $path, $protocols, $timeout]); }
/** As `WebSocketClientConnect`, without a name. */
function WebSocketClientConnectId(?string $address, int $port, ?string $path = null, ?string $protocols = null, int $timeout = WDSOCKET_DEFAULT): int { return call('WebSocketClientConnectId', 'ntitti', [$address, $port, $path, $protocols, $timeout]); }
/** Connects to a WebSocket server with TLS and checks its certificate, as SocketConnectSSL does (WLanguage: WebSocketClientConnectSSL): what URLs that begin with `wss:` mean. */
function WebSocketClientConnectSSL(?string $name, ?string $address, int $port, ?string $path = null, ?string $protocols = null, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $client_certificate = null): bool { return call('WebSocketClientConnectSSL', 'yttittiit', [$name, $address, $port, $path, $protocols, $options, $timeout, $client_certificate]); }
/** As `WebSocketClientConnectSSL`, without a name. */
function WebSocketClientConnectSSLId(?string $address, int $port, ?string $path = null, ?string $protocols = null, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $client_certificate = null): int { return call('WebSocketClientConnectSSLId', 'ntittiit', [$address, $port, $path, $protocols, $options, $timeout, $client_certificate]); }

// Descriptors: sockets that others made, and what the system is asked about ours
/** Takes over a socket that another part of the program made, or that it was started with. */
function SocketFromDescriptor(?string $name, int $descriptor): bool { return call('SocketFromDescriptor', 'yti', [$name, $descriptor]); }
/** As `SocketFromDescriptor`, without a name. */
function SocketFromDescriptorId(int $descriptor): int { return call('SocketFromDescriptorId', 'ni', [$descriptor]); }
/** Tells the descriptor of a socket, on Windows the handle of which 32 bits count, for what this library has no function for: options of the system, or what the kernel tells of it. */
function SocketDescriptor(?string $name): int { return call('SocketDescriptor', 'nt', [$name]); }
/** As `SocketDescriptor`, by id. */
function SocketDescriptorId(int $id): int { return call('SocketDescriptorId', 'ni', [$id]); }

// TLS: servers, clients, starting it in mid-stream, and what it was agreed to be
/** Creates a server whose clients speak TLS (WLanguage: SocketCreateSSL). */
function SocketCreateSSL(?string $name, int $port, ?string $certificate = null, int $options = 0, ?string $address = null, ?string $store = null): bool { return call('SocketCreateSSL', 'ytititt', [$name, $port, $certificate, $options, $address, $store]); }
/** As `SocketCreateSSL`, without a name. */
function SocketCreateSSLId(int $port, ?string $certificate = null, int $options = 0, ?string $address = null, ?string $store = null): int { return call('SocketCreateSSLId', 'nititt', [$port, $certificate, $options, $address, $store]); }
/** Connects to a server with TLS and checks its certificate (WLanguage: SocketConnectSSL). */
function SocketConnectSSL(?string $name, int $port, ?string $address = null, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $client_certificate = null): bool { return call('SocketConnectSSL', 'ytitiit', [$name, $port, $address, $options, $timeout, $client_certificate]); }
/** As `SocketConnectSSL`, without a name. */
function SocketConnectSSLId(int $port, ?string $address = null, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $client_certificate = null): int { return call('SocketConnectSSLId', 'nitiit', [$port, $address, $options, $timeout, $client_certificate]); }
/** Puts a connection that was made in clear under TLS, as a client, and checks the server's certificate: STARTTLS of SMTP, IMAP, POP3, FTP, LDAP (RFC 3207, RFC 8314). */
function SocketStartSSL(?string $name, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $server_name = null, ?string $client_certificate = null): bool { return call('SocketStartSSL', 'ytiitt', [$name, $options, $timeout, $server_name, $client_certificate]); }
/** As `SocketStartSSL`, by id. */
function SocketStartSSLId(int $id, int $options = 0, int $timeout = WDSOCKET_DEFAULT, ?string $server_name = null, ?string $client_certificate = null): bool { return call('SocketStartSSLId', 'yiiitt', [$id, $options, $timeout, $server_name, $client_certificate]); }
/** Tells what a TLS connection was agreed to be, and who the peer is. */
function SocketSSLInfo(?string $name, int $info): string { return call('SocketSSLInfo', 'ntiT', [$name, $info]); }
/** As `SocketSSLInfo`, by id. */
function SocketSSLInfoId(int $id, int $info): string { return call('SocketSSLInfoId', 'niiT', [$id, $info]); }

// UDP: datagrams to and from anybody, broadcasts, multicast groups
/** Creates a UDP socket (WLanguage: SocketCreateUDP), to send and to receive. */
function SocketCreateUDP(?string $name, int $port, ?string $address = null): bool { return call('SocketCreateUDP', 'ytit', [$name, $port, $address]); }
/** As `SocketCreateUDP`, without a name. */
function SocketCreateUDPId(int $port, ?string $address = null): int { return call('SocketCreateUDPId', 'nit', [$port, $address]); }
/** Sends one datagram from a UDP socket (WLanguage: SocketWrite with four parameters). */
function SocketWriteTo(?string $name, ?string $data, ?string $address, int $port): bool { return call('SocketWriteTo', 'ytdti', [$name, $data, $address, $port]); }
/** As `SocketWriteTo`, by id. */
function SocketWriteToId(int $id, ?string $data, ?string $address, int $port): bool { return call('SocketWriteToId', 'yidti', [$id, $data, $address, $port]); }
/** Makes a UDP socket receive the datagrams sent to a multicast group. */
function SocketJoinGroup(?string $name, ?string $group = null, ?string $network = null): bool { return call('SocketJoinGroup', 'yttt', [$name, $group, $network]); }
/** As `SocketJoinGroup`, by id. */
function SocketJoinGroupId(int $id, ?string $group = null, ?string $network = null): bool { return call('SocketJoinGroupId', 'yitt', [$id, $group, $network]); }
/** Ends what SocketJoinGroup began. */
function SocketLeaveGroup(?string $name, ?string $group = null, ?string $network = null): bool { return call('SocketLeaveGroup', 'yttt', [$name, $group, $network]); }
/** As `SocketLeaveGroup`, by id. */
function SocketLeaveGroupId(int $id, ?string $group = null, ?string $network = null): bool { return call('SocketLeaveGroupId', 'yitt', [$id, $group, $network]); }

// Bluetooth connections, and infrared ones, which no system has any more
/** Creates a Bluetooth server (WLanguage: SocketCreateBluetooth). */
function SocketCreateBluetooth(?string $name, ?string $service = null): bool { return call('SocketCreateBluetooth', 'ytt', [$name, $service]); }
/** As `SocketCreateBluetooth`, without a name. */
function SocketCreateBluetoothId(?string $service = null): int { return call('SocketCreateBluetoothId', 'nt', [$service]); }
/** Connects to a service of a Bluetooth device (WLanguage: SocketConnectBluetooth). */
function SocketConnectBluetooth(?string $name, ?string $service = null, ?string $mac = null, int $timeout = WDSOCKET_DEFAULT): bool { return call('SocketConnectBluetooth', 'yttti', [$name, $service, $mac, $timeout]); }
/** As `SocketConnectBluetooth`, without a name. */
function SocketConnectBluetoothId(?string $service = null, ?string $mac = null, int $timeout = WDSOCKET_DEFAULT): int { return call('SocketConnectBluetoothId', 'ntti', [$service, $mac, $timeout]); }
/** Always refused: there are no infrared sockets any more (WLanguage: SocketCreateInfrared). */
function SocketCreateInfrared(?string $name, ?string $service = null): bool { return call('SocketCreateInfrared', 'ytt', [$name, $service]); }
/** As `SocketCreateInfrared`, without a name. */
function SocketCreateInfraredId(?string $service = null): int { return call('SocketCreateInfraredId', 'nt', [$service]); }
/** Always refused: there are no infrared sockets any more (WLanguage: SocketConnectInfrared). */
function SocketConnectInfrared(?string $name, ?string $service = null, int $timeout = WDSOCKET_DEFAULT): bool { return call('SocketConnectInfrared', 'ytti', [$name, $service, $timeout]); }
/** As `SocketConnectInfrared`, without a name. */
function SocketConnectInfraredId(?string $service = null, int $timeout = WDSOCKET_DEFAULT): int { return call('SocketConnectInfraredId', 'nti', [$service, $timeout]); }

// Options: whole numbers and texts
/** Sets a whole-number option of a socket, or the default for sockets made later (WLanguage: Socket.Option). */
function SocketSetOption(?string $name, int $option, int $value): bool { return call('SocketSetOption', 'ytii', [$name, $option, $value]); }
/** As `SocketSetOption`, by id. */
function SocketSetOptionId(int $id, int $option, int $value): bool { return call('SocketSetOptionId', 'yiii', [$id, $option, $value]); }
/** Tells a whole-number option of a socket, or the default for sockets made later. */
function SocketGetOption(?string $name, int $option): int { return call('SocketGetOption', 'nti', [$name, $option]); }
/** As `SocketGetOption`, by id. */
function SocketGetOptionId(int $id, int $option): int { return call('SocketGetOptionId', 'nii', [$id, $option]); }
/** Sets a text option: paths, passwords, names for TLS. */
function SocketSetText(?string $name, int $option, ?string $text): bool { return call('SocketSetText', 'ytit', [$name, $option, $text]); }
/** As `SocketSetText`, by id. */
function SocketSetTextId(int $id, int $option, ?string $text): bool { return call('SocketSetTextId', 'yiit', [$id, $option, $text]); }

// From a socket's name to its id and back
/** Tells the id of a socket: shorter to pass on, and a little faster. */
function SocketId(?string $name): int { return call('SocketId', 'nt', [$name]); }
/** Tells the name of a socket; empty for one that the Id family made. */
function SocketName(int $id): string { return call('SocketName', 'niT', [$id]); }

// Names and addresses of machines
/** Tells an IP address of a machine (WLanguage: NetIPAddress). */
function NetIPAddress(?string $machine, int $rank): string { return call('NetIPAddress', 'ntiT', [$machine, $rank]); }
/** Tells the name of this machine (WLanguage: NetMachineName). */
function NetMachineName(): string { return call('NetMachineName', 'nT', []); }

// The whole program: its proxy, its library for TLS, and the version
/** Sends every TCP connection made from now on through a proxy (WLanguage: SocketProxy): SOCKS 5 (RFC 1928, login of RFC 1929), SOCKS 4a, or HTTP's CONNECT (RFC 9110, Basic login of RFC 7617) in clear or under TLS. */
function SocketProxy(?string $address, int $port, ?string $login = null, ?string $password = null): bool { return call('SocketProxy', 'ytitt', [$address, $port, $login, $password]); }
/** Sets which library makes TLS (WLanguage: SocketConfigure). */
function SocketConfigure(int $option, int $value): bool { return call('SocketConfigure', 'yii', [$option, $value]); }
/** Tells the library's version, that of the OpenSSL in it, and the system it was built for. */
function SocketVersion(): string { return call('SocketVersion', 'nT', []); }

// Errors: what the last call of this thread said, and what a code means
/** Code of the last error of this thread. */
function SocketErrorCode(): int { return call('SocketErrorCode', 'n', []); }
/** What the operating system said of the last error of this thread. */
function SocketErrorSystem(): int { return call('SocketErrorSystem', 'n', []); }
/** Text of the last error of this thread: one English sentence, UTF-8, that names the function, the socket, the address, what the system said and what to do. */
function SocketErrorInfo(): string { return call('SocketErrorInfo', 'nT', []); }
/** What an error code means: one English sentence, UTF-8, for programs whose calls move between threads, so that SocketErrorInfo may tell of another call. */
function SocketErrorText(int $code): string { return call('SocketErrorText', 'niT', [$code]); }
