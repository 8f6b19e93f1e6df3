*> Made from the sources: change them, then run `cargo run --release --example hosts`.
*> wdsocket for GnuCOBOL: the constants, and behind them each CALL.
*> COPY it into WORKING-STORAGE. A name or text ends with X"00": z"client", or through the layer,
*> wdlayer.cob, which takes off the blanks that pad a PIC X and adds it. result is BINARY-LONG.

*> ---- Times, which are in milliseconds ----
*> Time without limit.
78 WDSOCKET_INFINITE VALUE -1.
*> The function's own default, for a time or an option.
78 WDSOCKET_DEFAULT VALUE -2.

*> ---- Transmission modes of SocketChangeTransmissionMode ----
*> Transmission mode: the message, then the tag (by default `<EOF>`).
78 SocketEndTag VALUE 0.
*> Transmission mode (the default): decimal length, CR LF, the message.
78 SocketSize VALUE 1.
*> Transmission mode: the same bytes as SocketEndTag.
78 SocketEndTagBuffer VALUE 2.
*> Transmission mode: the bytes as they are, without any frame.
78 SocketNoEndTag VALUE 3.
*> Transmission mode: a binary length of `SocketLengthBytes`, the message.
78 SocketBinarySize VALUE 4.
*> Transmission mode: messages that all have one size, which is given as `tag_size`.
78 SocketFixedSize VALUE 5.
*> Transmission mode: lines. One ends at LF, and a CR before it goes too; it is written with CR LF.
78 SocketLine VALUE 6.
*> Transmission mode: the bytes as they are; a read takes exactly as many as its buffer holds.
78 SocketExactSize VALUE 7.

*> ---- SocketConfigure: what it sets ----
*> What SocketConfigure sets: which library makes TLS.
78 SocketConfigureMode VALUE 1.

*> ---- SocketConfigure: values of SocketConfigureMode ----
*> Value of SocketConfigureMode: Windows' SChannel. NOT_SUPPORTED.
78 SocketModeSChannel VALUE 0.
*> Value of SocketConfigureMode: OpenSSL, which is always used.
78 SocketModeOpenSSL VALUE 1.

*> ---- What SocketClientInfo and SocketLocalInfo tell ----
*> What SocketClientInfo and SocketLocalInfo tell: the IP address as text.
78 SocketAddress VALUE 1.
*> What SocketClientInfo and SocketLocalInfo tell: the port as decimal text.
78 SocketPort VALUE 2.

*> ---- What SocketLocalInfo tells beside, as decimal text ----
*> What SocketLocalInfo tells: the bytes that have come, with frames and TLS, as the network counts them. Without a name: those of all sockets.
78 SocketBytesReceived VALUE 3.
*> What SocketLocalInfo tells: the bytes that the system has taken, with frames and TLS. Without a name: those of all sockets.
78 SocketBytesSent VALUE 4.
*> What SocketLocalInfo tells: the messages that were read, the datagrams of UDP. Without a name: those of all sockets.
78 SocketMessagesReceived VALUE 5.
*> What SocketLocalInfo tells: the messages that were written, the datagrams of UDP. Without a name: those of all sockets.
78 SocketMessagesSent VALUE 6.
*> What SocketLocalInfo tells: since when the socket stands (ISO 8601, UTC).
78 SocketSince VALUE 7.
*> What SocketLocalInfo tells: for how many milliseconds nothing has come.
78 SocketSilentFor VALUE 8.
*> What SocketLocalInfo tells: microseconds to the peer and back, as TCP has measured it. Not under Wine.
78 SocketRoundTrip VALUE 9.
*> What SocketLocalInfo tells: the segments that TCP had to send again; on Windows the bytes of them. Not under Wine.
78 SocketRetransmits VALUE 10.
*> What SocketLocalInfo tells: written bytes that the system has not sent yet. Not on Windows.
78 SocketUnsent VALUE 11.
*> What SocketLocalInfo tells: the microseconds that the TLS handshake took.
78 SocketHandshakeTime VALUE 12.
*> What SocketLocalInfo tells: the text of the last error that a call said of this socket; "" for none.
78 SocketLastError VALUE 13.
*> What SocketLocalInfo tells without a name: how many sockets are open.
78 SocketOpenSockets VALUE 14.

*> ---- What SocketClientInfo tells of a WebSocket ----
*> What SocketClientInfo tells of a WebSocket: "text" or "binary", as the last message was that this thread read.
78 WebSocketKind VALUE 15.

*> ---- What SocketClientInfo tells of the peer of a Unix socket ----
*> What SocketClientInfo tells: the number of the user who connected, or of a client's server, who listens. Not on Windows.
78 SocketPeerUser VALUE 16.
*> What SocketClientInfo tells: the process that connected, or of a client's server, that listens; 0 for one that this
*> process cannot see, in another container. Not on Windows.
78 SocketPeerProcess VALUE 17.

*> ---- Whole-number options of SocketSetOption and SocketGetOption ----
*> 1 = collect small messages before they leave (Nagle's algorithm).
78 SocketNagle VALUE 101.
*> no other program may take the port. Read when the socket is created.
78 SocketUniqueAddress VALUE 102.
*> how long a connection may be silent before the system asks whether the peer lives.
*> It asks three times (SocketKeepAliveCount), a third of that time apart (SocketKeepAliveInterval); without an answer the
*> connection is LOST. So it is where the peer has acknowledged nothing of what was sent, or taken none of it, for twice
*> that time (SocketUserTimeout).
78 SocketKeepAlive VALUE 103.
*> the system's receive buffer. Linux keeps, and tells, twice what is asked.
78 SocketReceiveBuffer VALUE 104.
*> the system's send buffer. Linux keeps, and tells, twice what is asked.
78 SocketSendBuffer VALUE 105.
*> the largest message that SocketRead takes.
78 SocketMaxMessage VALUE 106.
*> how long SocketWrite may take.
78 SocketWriteTimeout VALUE 107.
*> how many clients may wait for SocketAccept. The system may hold it lower.
78 SocketBacklog VALUE 108.
*> how many routers a packet may pass. UDP multicast passes none (1) until it is set.
78 SocketTimeToLive VALUE 109.
*> this machine receives the multicast datagrams that it sends. UDP only.
78 SocketMulticastLoop VALUE 110.
*> how long a client of a TLS server may take for its handshake.
78 SSLHandshakeTimeout VALUE 111.
*> whether a TLS server asks for the client's certificate: 0 no, 1 if offered, 2 required.
78 SSLVerifyClient VALUE 112.
*> 0 = trust only what SSLCaFile and SSLCaDirectory give.
78 SSLSystemRoots VALUE 113.
*> how many certificates may stand between the peer's and the root.
78 SSLVerifyDepth VALUE 114.
*> OpenSSL's strict RFC 5280 checks, policies included.
78 SSLStrict VALUE 115.
*> SocketRead gives up with TIMEOUT once nothing at all has arrived for so long, each arrival begins it anew (the fifth parameter of WLanguage's SocketRead). Counts from the next read on.
78 SocketReadIdle VALUE 116.
*> a server's name counts in its certificate's subjectAltName alone (RFC 9525).
*> 1 = the subject's common name counts too where there is none, for old devices.
78 SSLNameInSubject VALUE 117.
*> how long SocketWrite may hold messages together, so that many leave with one system call, over TLS in one record. They
*> leave at once when they are 64 KiB, when a SocketRead on the socket begins to wait, and with SocketFlush, SocketShutdown,
*> SocketStartSSL and SocketClose. What fails then is told by the next call.
78 SocketGather VALUE 118.
*> how large a trace (SocketTraceFile) may become: then it moves to the same name with `.1` behind it, and a new one begins. Counts from the next file on.
78 SocketTraceLimit VALUE 119.
*> 1 = the server's clients speak WebSocket (RFC 6455): for browsers. Counts for the clients accepted from now on.
78 WebSocketServer VALUE 120.
*> what SocketWrite sends over a WebSocket: 0 text, checked as UTF-8; 1 binary.
78 WebSocketBinary VALUE 121.
*> the time between two questions of SocketKeepAlive.
78 SocketKeepAliveInterval VALUE 122.
*> how many questions of SocketKeepAlive may stay without an answer, until the connection is
*> LOST. Windows before 10 (1703) asks ten times.
78 SocketKeepAliveCount VALUE 123.
*> how long what was written may stay without the peer's acknowledgement, until the connection is
*> LOST (RFC 5482). Windows counts in whole seconds. On Linux it also ends the questions of SocketKeepAlive, in place of their number.
78 SocketUserTimeout VALUE 124.
*> how long the peer may send nothing at all: then reads say LOST, and a watch tells the connection. Counts
*> from the first read, or look of a watch, on.
78 SocketIdleTimeout VALUE 125.
*> 1 = each client of the server comes through a load balancer, which says whose connection it passes on (PROXY protocol 1
*> and 2). The first call that reads or writes reads that, before TLS, within SSLHandshakeTimeout; SocketClientInfo then tells the client.
*> Anything else is BAD_FRAME, and from an address that SocketProxyFrom does not name ACCESS_DENIED. Counts for the
*> clients accepted from now on.
78 SocketProxyProtocol VALUE 126.
*> the mode of the file of a server on a Unix socket (`unix:/path`), 0600 without it: whoever may write to the file may connect.
*> The file has it before anybody can.
78 SocketFileMode VALUE 127.
*> how many bytes the length of `SocketBinarySize` has. Like the five that follow it is read by
*> SocketChangeTransmissionMode: set it before.
78 SocketLengthBytes VALUE 128.
*> 1 = the lowest byte of the length comes first (little endian); 0 = the highest does, as on most networks.
78 SocketLengthOrder VALUE 129.
*> how many bytes stand before the length. Without `SocketLengthHeader` they are passed over by reads, and
*> zeros are written.
78 SocketLengthOffset VALUE 130.
*> how many bytes the length counts that do not stand behind it: its own where it counts itself,
*> and those before it.
78 SocketLengthAdjust VALUE 131.
*> 1 = a message is the whole frame: what stands before the length, the length, what stands behind it.
*> SocketWrite then puts the length into its place, whatever stands there.
78 SocketLengthHeader VALUE 132.
*> how many bytes stand behind the length that it does not count: the rest of a header,
*> or a checksum at the end.
78 SocketLengthUncounted VALUE 133.
*> 1 = a signal's handler that runs in a waiting thread ends the wait with CANCELLED: Ctrl-C, an alarm, a request to end.
*> Nothing is lost, the call can be made again. 0 = it waits on. As the default, set without a name, it counts for connecting and
*> looking up names too. On Windows, which has no such handlers, 1 is NOT_SUPPORTED.
78 SocketSignalEndsWait VALUE 134.

*> ---- Text options of SocketSetText ----
*> Text option: file of trusted certificate authorities: PEM, or one as DER.
78 SSLCaFile VALUE 201.
*> Text option: folder of trusted certificate authorities. Files that are none are passed over.
78 SSLCaDirectory VALUE 202.
*> Text option: PEM file of revocation lists, complete ones: a list of changes (delta list) is refused.
78 SSLCrlFile VALUE 203.
*> Text option: PEM file of the private key, where the certificate's file does not hold it.
78 SSLKeyFile VALUE 204.
*> Text option: password of the private key or of the PKCS#12 file.
78 SSLPassword VALUE 205.
*> Text option, and what SocketSSLInfo tells: the name that the server's certificate must carry, where it is not the address.
*> SocketSSLInfo tells the name that the client asked for (RFC 6066).
78 SSLServerName VALUE 206.
*> Text option, and what SocketSSLInfo tells: application protocols (RFC 7301), separated by commas.
78 SSLAlpn VALUE 207.
*> Text option: OpenSSL's list of cipher suites, those of TLS 1.3 among them. A version of which it names none keeps its own.
78 SSLCipherList VALUE 208.
*> Text option: SHA-256 fingerprint that the peer's certificate must have, in hexadecimal.
78 SSLPeerFingerprintPin VALUE 209.
*> Text option: OpenSSL's list of key exchanges, such as "X25519MLKEM768:X25519", separated by colons.
*> Without it OpenSSL's own, the post-quantum X25519MLKEM768 first.
78 SSLGroups VALUE 210.
*> Text option: file that tells what goes on; "" ends it. A name that ends in `.pcapng` is a capture, which Wireshark opens and decrypts; any other is text, a line an event. `%p` is the process's id. Set it before TLS starts. Whoever can read a capture can read all that was encrypted: it is made for its owner alone.
78 SocketTraceFile VALUE 211.
*> Text option: file to which the secrets of TLS are added, as NSS key log lines, for captures made elsewhere. Whoever can read it can read all that was encrypted.
78 SSLKeyLogFile VALUE 212.
*> Text option: lines that WebSocketClientConnect adds to its request, one below the other, such as
*> "Origin: https://www.example.com" or "Authorization: ...".
78 WebSocketHeaders VALUE 213.
*> Text option: the proxy of this connection as a URL, such as "http://login:password@proxy.example.com:3128", either percent-encoded.
*> "direct:" for none where the process has one, "environment:" for the one that the environment names. Read when it connects.
78 SocketProxyAddress VALUE 214.
*> Text option: the load balancers that are believed whose connection they pass on (SocketProxyProtocol), as addresses and
*> prefixes separated by commas, such as "192.0.2.9, 2001:db8::/32". Without it those on this machine (loopback, Unix sockets).
78 SocketProxyFrom VALUE 215.
*> Text option: file of the keys that a TLS server seals its sessions with, the same for several processes and machines, so that a
*> session is taken up on any of them (docs/tls.md). Each key is 80 bytes, in base64 on a line of its own. The first one seals, all
*> open. Who has the file can read what its sessions protect.
78 SSLTicketKeyFile VALUE 216.
*> Text option: this machine's own address that a client connects from, or its network interface, and its ports if need be:
*> "192.0.2.9", "eth0", "[2001:db8::9]:5000-5010", ":5000-5010". Read when it connects, of a connection by way of a proxy to the
*> proxy. Of an interface the first address of the peer's family counts; which way the packets take is for the machine's routes to say.
78 SocketLocalAddress VALUE 217.
*> Text option: the own ports that a client connects from, "5000-5010", where SocketLocalAddress names none. All in use is
*> ADDRESS_IN_USE. Ports serve several peers at once, on Windows one.
78 SocketPortRange VALUE 218.
*> Text option: folder of a server's certificates for the names that clients ask for (RFC 6066): `*.pem`, `*.crt` or `*.cer`,
*> each with its key in it or, where it has none, beside it as `*.key`; `*.p12` or `*.pfx`; `NAME/fullchain.pem` with `NAME/privkey.pem`. What
*> stands in subjectAltName counts, never a file's name. The server's own certificate is for all other clients.
78 SSLCertificateDirectory VALUE 219.
*> Text option: OpenSSL's list of signature algorithms, such as "ecdsa_secp256r1_sha256:RSA-PSS+SHA256", separated by
*> colons: what the peer may sign with. Without it OpenSSL's own.
78 SSLSignatures VALUE 220.
*> Text option: SHA-256 of public keys (SubjectPublicKeyInfo), in base64 or hexadecimal, separated by commas. The peer's
*> verified chain must hold one of them, beside all other checks.
78 SSLPublicKeyPins VALUE 221.

*> ---- What SocketSSLInfo tells ----
*> What SocketSSLInfo tells: the protocol's version.
78 SSLProtocol VALUE 301.
*> What SocketSSLInfo tells: the cipher suite.
78 SSLCipher VALUE 302.
*> What SocketSSLInfo tells: the subject of the peer's certificate.
78 SSLPeerSubject VALUE 303.
*> What SocketSSLInfo tells: the issuer of the peer's certificate.
78 SSLPeerIssuer VALUE 304.
*> What SocketSSLInfo tells: the SHA-256 fingerprint of the peer's certificate.
78 SSLPeerFingerprint VALUE 305.
*> What SocketSSLInfo tells: the last moment at which the peer's certificate is valid (ISO 8601).
78 SSLPeerNotAfter VALUE 306.
*> What SocketSSLInfo tells: the group of the key exchange, such as X25519MLKEM768.
78 SSLGroup VALUE 307.
*> What SocketSSLInfo tells: the names and addresses in the subjectAltName of the peer's certificate, separated by ", ".
78 SSLPeerNames VALUE 308.
*> What SocketSSLInfo tells: the serial number of the peer's certificate, in hexadecimal.
78 SSLPeerSerial VALUE 309.
*> What SocketSSLInfo tells: the first moment at which the peer's certificate is valid (ISO 8601).
78 SSLPeerNotBefore VALUE 310.
*> What SocketSSLInfo tells: the certificates that the peer sent, its own first, as PEM.
78 SSLPeerChain VALUE 311.
*> What SocketSSLInfo tells: "1" where an earlier session was taken up, which spares the certificates, else "0".
78 SSLResumed VALUE 312.

*> ---- Options of TLS, added together ----
*> TLS option: SSL 2, which OpenSSL no longer has.
78 ProtocolSSL2 VALUE 1.
*> TLS option: SSL 3, which OpenSSL no longer has.
78 ProtocolSSL3 VALUE 2.
*> TLS option: TLS 1.0 (RFC 2246), for old machines only.
78 ProtocolTLS1 VALUE 4.
*> TLS option: TLS 1.1 (RFC 4346), for old machines only.
78 ProtocolTLS1_1 VALUE 8.
*> TLS option: TLS 1.2 (RFC 5246).
78 ProtocolTLS1_2 VALUE 16.
*> TLS option: TLS 1.3 (RFC 8446).
78 ProtocolTLS1_3 VALUE 32.
*> TLS option: the certificate is named by its subject's common name.
78 CertificateName VALUE 64.
*> TLS option: the certificate is named by its SHA-1 or SHA-256 thumbprint.
78 CertificateHash VALUE 128.
*> TLS option: the peer's certificate is not checked. Anyone in between can read and change everything.
78 SSLNoVerify VALUE 256.
*> TLS option of SocketStartSSL: this side is the server.
78 SSLAsServer VALUE 512.

*> ---- Error codes: positive from SocketErrorCode, negative as results ----
*> No error.
78 WDSOCKET_OK VALUE 0.
*> A parameter is outside what the function takes.
78 WDSOCKET_ERR_INVALID_ARGUMENT VALUE 1.
*> No socket of that name or id.
78 WDSOCKET_ERR_NOT_FOUND VALUE 2.
*> The name belongs to another socket.
78 WDSOCKET_ERR_NAME_IN_USE VALUE 3.
*> The time given has passed.
78 WDSOCKET_ERR_TIMEOUT VALUE 4.
*> The peer ended the connection in good order.
78 WDSOCKET_ERR_CLOSED VALUE 5.
*> The connection broke.
78 WDSOCKET_ERR_LOST VALUE 6.
*> The peer's machine refuses connections on that port.
78 WDSOCKET_ERR_REFUSED VALUE 7.
*> No route to the peer.
78 WDSOCKET_ERR_UNREACHABLE VALUE 8.
*> The host name has no address.
78 WDSOCKET_ERR_HOST_NOT_FOUND VALUE 9.
*> Another socket listens there already.
78 WDSOCKET_ERR_ADDRESS_IN_USE VALUE 10.
*> The address is not one of this machine.
78 WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE VALUE 11.
*> The system does not allow it.
78 WDSOCKET_ERR_ACCESS_DENIED VALUE 12.
*> The caller's buffer is shorter than the result; nothing was taken.
78 WDSOCKET_ERR_BUFFER_TOO_SMALL VALUE 13.
*> The message is larger than the limit.
78 WDSOCKET_ERR_MESSAGE_TOO_LARGE VALUE 14.
*> The bytes received are not in the transmission mode's format.
78 WDSOCKET_ERR_BAD_FRAME VALUE 15.
*> The function does not apply to this kind of socket.
78 WDSOCKET_ERR_WRONG_KIND VALUE 16.
*> There is no peer (yet).
78 WDSOCKET_ERR_NO_CONNECTION VALUE 17.
*> Another thread closed the socket (SocketClose) or ended the call (SocketCancel), or a signal's handler ended the wait (SocketSignalEndsWait).
78 WDSOCKET_ERR_CANCELLED VALUE 18.
*> The TLS handshake or a TLS record failed.
78 WDSOCKET_ERR_TLS_PROTOCOL VALUE 19.
*> The peer's certificate was not accepted.
78 WDSOCKET_ERR_TLS_CERTIFICATE VALUE 20.
*> Our own certificate or key cannot be used.
78 WDSOCKET_ERR_CERTIFICATE VALUE 21.
*> Not available on this system or in this build.
78 WDSOCKET_ERR_NOT_SUPPORTED VALUE 22.
*> Out of descriptors, memory or ids.
78 WDSOCKET_ERR_LIMIT VALUE 23.
*> Anything else that the operating system said.
78 WDSOCKET_ERR_SYSTEM VALUE 24.
*> A defect of this library.
78 WDSOCKET_ERR_INTERNAL VALUE 25.
*> The proxy cannot be had, or does not speak its protocol.
78 WDSOCKET_ERR_PROXY VALUE 26.

*> ==== Servers: listening, waiting for clients, taking them ====
*>
*> Creates a server: a TCP socket that listens for clients (WLanguage: SocketCreate).
*>
*> For a *standard server* go on with SocketWaitForConnection and SocketAccept: each client becomes
*> a socket of its own, a channel. For a *simplified server* (one client at a time) call SocketRead
*> and SocketWrite on this very name: the first read takes the client.
*> A host name is looked up, which takes at most 20 s; otherwise the call does not wait.
*>
*> @param name     the new socket's name, 1 to 255 bytes.
*> @param port     1 to 65535; 0 takes any free one, which SocketLocalInfo tells.
*> @param address  NULL or "" listens on all interfaces, IPv6 and IPv4 together where the machine
*>                 has both; else an IPv4 or IPv6 address or a host name of this machine, or with port 0 a
*>                 Unix socket: `unix:/path`, whose file has the mode `SocketFileMode`, or `unix:@name`; `systemd:`
*>                 or `systemd:NAME` takes a socket that systemd has handed over (sd_listen_fds(3)).
*> @return 1, or 0: NAME_IN_USE, ADDRESS_IN_USE (another program has the port),
*>         ADDRESS_NOT_AVAILABLE, ACCESS_DENIED, HOST_NOT_FOUND, LIMIT, INVALID_ARGUMENT.
*>
*>     if (!SocketCreate("server", 5000, NULL)) show_error();
*>     while (SocketWaitForConnection("server", WDSOCKET_DEFAULT)) start_thread();
*>     CALL "SocketCreate" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCreate`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketCreateId" USING
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Waits until a client wants to connect to a server (WLanguage: SocketWaitForConnection).
*>
*> The client goes on waiting: SocketAccept takes it, SocketDeny sends it away. On a simplified
*> server this is not needed. SocketClose from another thread ends the wait at once, and with it a loop
*> like the one below (WLanguage page 3070006).
*>
*> @param name     a server.
*> @param timeout  milliseconds; 0 does not wait, `WDSOCKET_INFINITE` and `WDSOCKET_DEFAULT` wait
*>                 without limit.
*> @return 1 when a client is waiting; 0 with TIMEOUT when none came (no error for the user of
*>         WLanguage), 0 with NOT_FOUND, WRONG_KIND, CANCELLED, INVALID_ARGUMENT.
*>
*>     while (SocketWaitForConnection("server", WDSOCKET_DEFAULT))
*>         serve_next();
*>     CALL "SocketWaitForConnection" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketWaitForConnection`, by id.
*>     CALL "SocketWaitForConnectionId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> Takes the waiting client of a server as a new socket, its channel (WLanguage: SocketAccept).
*>
*> The channel has the server's transmission mode, tag and options. It lives on when the server is
*> closed; close it with SocketClose. Never waits: call SocketWaitForConnection first.
*>
*> @param name      a server.
*> @param channel   receives the channel's name: `C` and 16 lower-case hexadecimal digits.
*> @param capacity  the size of that buffer, at least 18; a shorter one takes no client.
*> @return the length of the channel's name (17), or NO_CONNECTION (none is waiting),
*>         BUFFER_TOO_SMALL, CANCELLED (SocketClose in another thread), LIMIT (out of descriptors; the client goes on waiting), NOT_FOUND,
*>         WRONG_KIND, INVALID_ARGUMENT, as `-code`.
*>
*>     char channel[32];
*>     if (SocketAccept("server", channel, sizeof channel) > 0) start_thread(channel);
*>     CALL "SocketAccept" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE channel  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketAccept`, by id.
*>
*> @return the channel's id, or `-code`. The channel has no name.
*>     CALL "SocketAcceptId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Sends a client away (WLanguage: SocketDeny).
*>
*> Of a server it takes the waiting client and closes its connection. Of a simplified server it drops the
*> attached client where no other waits, or where a read has said that its bytes are no messages (BAD_FRAME,
*> MESSAGE_TOO_LARGE), and the next SocketRead takes the next client. Of a channel, or any other connection,
*> it does what SocketClose does (WLanguage page 3070010). Never waits.
*>
*> @param name  a server or a connection.
*> @return 1, or 0: NO_CONNECTION (no client is waiting or attached), CANCELLED, NOT_FOUND, WRONG_KIND, LIMIT.
*>
*>     if (SocketWaitForConnection("server", 0) && clients >= 50)
*>         SocketDeny("server");
*>     CALL "SocketDeny" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketDeny`, by id.
*>     CALL "SocketDenyId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result

*> ==== Connections: making, asking about and ending them ====
*>
*> Connects to a server over TCP (WLanguage: SocketConnect).
*>
*> Waits until the connection stands, at most `timeout` for looking up the name and connecting
*> together. All addresses of a host are tried, IPv6 and IPv4 side by side, each 250 ms after the
*> one before (RFC 8305), from the own address and ports of `SocketLocalAddress` and `SocketPortRange` where
*> these are set. SocketClose from another thread ends the wait at once with CANCELLED.
*>
*> @param name     the new socket's name, 1 to 255 bytes.
*> @param port     1 to 65535; 0 for a Unix socket.
*> @param address  an IPv4 or IPv6 address or a host name; NULL or "" is this machine; `unix:/path` or, for an
*>                 abstract name, `unix:@name` a Unix socket (not on Windows).
*> @param timeout  milliseconds; `WDSOCKET_INFINITE` waits as long as the system does,
*>                 `WDSOCKET_DEFAULT` is 5000.
*> @return 1, or 0: REFUSED (nothing listens there), TIMEOUT (nothing answers), UNREACHABLE,
*>         HOST_NOT_FOUND, NAME_IN_USE, CANCELLED, LIMIT, INVALID_ARGUMENT; with `SocketLocalAddress` or
*>         `SocketPortRange` ADDRESS_NOT_AVAILABLE (it is none of this machine's), ADDRESS_IN_USE (no port of
*>         the range is free), ACCESS_DENIED (ports below 1024 need more rights).
*>
*>     if (!SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT)) show_error();
*>     SocketWrite("till", "hello", -1);
*>     CALL "SocketConnect" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketConnect`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketConnectId" USING
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells who the peer is (WLanguage: SocketClientInfo).
*>
*> For a simplified server that is its attached client. For a UDP socket it is the sender of the last
*> datagram that this thread read, whatever other threads have read since; a thread that has read
*> none is told the sender of the last one read at all. Behind a load balancer (`SocketProxyProtocol`) it is the
*> client whose connection that passes on. Does not wait.
*>
*> @param name      a connection, a simplified server or a UDP socket.
*> @param info      `SocketAddress`: the peer's IP address; `SocketPort`: its port as text; `WebSocketKind`: "text"
*>                  or "binary", as the last message of a WebSocket was that this thread read; of a Unix socket
*>                  `SocketPeerUser` and `SocketPeerProcess`.
*> @param buffer    where the text goes; 64 bytes are enough.
*> @param capacity  its size in bytes.
*> @return the text's length, or NO_CONNECTION (no client or datagram yet, or a load balancer has not told the
*>         client yet: ask after the first read), BUFFER_TOO_SMALL, NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT, and
*>         what that read would say, as `-code`.
*>
*>     char who[64];
*>     SocketClientInfo(channel, SocketAddress, who, sizeof who);
*>     CALL "SocketClientInfo" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketClientInfo`, by id.
*>     CALL "SocketClientInfoId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells this machine's own address and port of a socket, such as what port 0 became, and how the socket does.
*>
*> Numbers come as decimal text, so that 64 bits reach every host. Of a simplified server they are those of
*> its attached client. Does not wait.
*>
*> @param name      a connection, a server or a UDP socket; NULL for the process: the sums of all its sockets,
*>                  closed ones too, and `SocketOpenSockets`.
*> @param info      `SocketAddress`: the IP address; `SocketPort`: the port as text; `SocketBytesReceived` ...
*>                  `SocketLastError`, as each constant says.
*> @param buffer    where the text goes; 64 bytes are enough, 1000 for `SocketLastError`.
*> @param capacity  its size in bytes.
*> @return the text's length, or BUFFER_TOO_SMALL, NOT_FOUND, NO_CONNECTION (still connecting, no client,
*>         or the TLS handshake is not done), WRONG_KIND (the socket does not count that), NOT_SUPPORTED (the
*>         system does not tell it), INVALID_ARGUMENT, as `-code`.
*>
*>     char port[16], bytes[32];
*>     SocketLocalInfo("server", SocketPort, port, sizeof port);
*>     SocketLocalInfo(NULL, SocketBytesReceived, bytes, sizeof bytes);
*>     CALL "SocketLocalInfo" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketLocalInfo`, by id.
*>     CALL "SocketLocalInfoId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells whether the peer is still there, as far as the system knows now.
*>
*> Takes no byte and sends nothing, so a peer whose cable was cut still counts as there until
*> something is sent or `SocketKeepAlive` notices. Messages that came before the end can still be
*> read. Does not wait.
*>
*> @param name  a connection, or a simplified server (its attached client).
*> @return 1 while the peer is there; 0 with no error once it has ended the connection or its
*>         sending half, or there is no client; 0 with NOT_FOUND, WRONG_KIND.
*>
*>     if (!SocketConnected("till") && SocketErrorCode() == WDSOCKET_OK)
*>         reconnect();
*>     CALL "SocketConnected" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketConnected`, by id.
*>     CALL "SocketConnectedId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Ends the sending half of a connection: the peer reads everything that was written, then the end.
*> Reading goes on, until the peer ends its half too.
*>
*> Waits for a message that another thread is sending.
*>
*> @param name  a connection, or a simplified server (its attached client).
*> @return 1, or 0: LOST, NO_CONNECTION, CANCELLED, TIMEOUT (`SocketWriteTimeout`), NOT_FOUND,
*>         WRONG_KIND.
*>
*>     SocketShutdown("till");
*>     while (SocketRead("till", 0, 5000, rest, sizeof rest) >= 0) {}
*>     CALL "SocketShutdown" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketShutdown`, by id.
*>     CALL "SocketShutdownId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells whether a socket exists (WLanguage: SocketExist).
*>
*> 1 from its creation to SocketClose, whatever became of the peer: SocketConnected asks for that.
*> Does not wait.
*>
*> @param name  any name.
*> @return 1 or 0; 0 with INVALID_ARGUMENT for a name that cannot be one.
*>
*>     if (!SocketExist("till"))
*>         SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT);
*>     CALL "SocketExist" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketExist`, by id.
*>     CALL "SocketExistId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Closes a socket (WLanguage: SocketClose). Its name is free at once, and calls that wait on it in
*> other threads end with CANCELLED.
*>
*> What was written still goes out, unless the peer is sending at that moment: bytes that come for a
*> closed socket make TCP reset the connection. To be sure, call SocketShutdown and read up to
*> CLOSED first. Closing a server closes a simplified server's client and leaves channels open. Does
*> not wait for the network; the port of a server or of a UDP socket is free when it returns.
*>
*> @param name  any socket.
*> @return 1; 0 when there is none, with no error; 0 with INVALID_ARGUMENT for a name that cannot be one.
*>
*>     SocketWrite("till", "bye", -1);
*>     SocketClose("till");
*>     CALL "SocketClose" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketClose`, by id.
*>     CALL "SocketCloseId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Ends the waits on a socket and keeps it: every call on it that has begun in another thread and waits ends with CANCELLED.
*>
*> That is reading, writing, connecting, waiting for a client, SocketWatchWait on a watch, a datagram's look-up, a
*> TLS handshake under way. Calls that begin later wait as always. Nothing is lost: what has arrived of a message is
*> there for the next read, the client goes on waiting. Two things cannot go on as if nothing had been: a message
*> of which a part is out ends the sending half, as it does after a timeout, and SocketStartSSL the connection. A connection
*> that is being made is given up. For a server that reads its client itself the client's reads and writes
*> end too. A call may notice up to 60 ms later that it has ended. Does not wait; not for a signal's handler.
*>
*> @param name  any socket, one that is being connected too.
*> @return 1, also where no call waits; or 0: NOT_FOUND, INVALID_ARGUMENT.
*>
*>     SocketCancel("till");        // the reading thread's SocketRead says CANCELLED
*>     pthread_join(reader, NULL);
*>     SocketWrite("till", "last words", -1);
*>     CALL "SocketCancel" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCancel`, by id.
*>     CALL "SocketCancelId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Closes every socket of this process, as `SocketClose` does, for a program that ends. What other
*> threads make during the call may stay.
*>
*> @return how many were closed.
*>
*>     void stop(void) { SocketCloseAll(); }
*>     int main(void) { atexit(stop); serve(); }
*>     CALL "SocketCloseAll"
*>         RETURNING result

*> ==== Messages: reading, writing, and how they are told apart ====
*>
*> Reads the next message (WLanguage: SocketRead).
*>
*> A message comes whole or not at all; without frames (`SocketNoEndTag`) it is what has arrived, 1
*> to `capacity` bytes. Nothing is lost on failure: a message that does not fit stays, and what came
*> before a time-out is kept for the next read. What the buffer holds after a failure is undefined.
*> On a server that has no client, the read takes the next one first, within the same wait
*> (simplified server); when that client leaves, one read says CLOSED and the next takes the next.
*> On a UDP socket it is the next datagram, whole, whoever sent it: SocketClientInfo then tells who.
*> `SocketReadIdle` ends the read earlier, also one without limit, once nothing at all has arrived for so
*> long. Several threads may read, write and close at the same time. Of a wait of a second or more, a signal's
*> handler or a part of a message in its first 40 ms may delay the end by as much.
*>
*> @param name            a connection, a server or a UDP socket.
*> @param undefined_wait  not 0: wait without limit and ignore `timeout`.
*> @param timeout         milliseconds for the whole call; 0 takes only what is there,
*>                        `WDSOCKET_DEFAULT` is 1000.
*> @param buffer          where the message goes. No NUL is added.
*> @param capacity        its size in bytes.
*> @return the message's length (0 is an empty message); or TIMEOUT, BUFFER_TOO_SMALL
*>         (SocketPending tells the size), CLOSED (the peer has ended the connection), LOST (it
*>         broke), BAD_FRAME (the peer uses another mode, or sends no header of `SocketProxyProtocol`),
*>         ACCESS_DENIED (`SocketProxyFrom` does not name it), MESSAGE_TOO_LARGE (`SocketMaxMessage`),
*>         TLS_PROTOCOL and TLS_CERTIFICATE (a channel of a TLS server does its handshake here), LIMIT
*>         (out of memory or descriptors: what has arrived is kept), CANCELLED (SocketClose or SocketCancel
*>         in another thread), NOT_FOUND, NO_CONNECTION (still connecting), WRONG_KIND (a watch), INVALID_ARGUMENT,
*>         as `-code`.
*>
*>     char order[4096];
*>     intptr_t size = SocketRead("till", 0, 5000, order, sizeof order);
*>     CALL "SocketRead" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     undefined_wait  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketRead`, by id.
*>     CALL "SocketReadId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     undefined_wait  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> Sends one message (WLanguage: SocketWrite).
*>
*> Adds what the transmission mode asks for. Waits until the system has taken every byte (with `SocketGather` that may
*> be later: SocketFlush waits for it), at most
*> `SocketWriteTimeout` (no limit by default; SocketClose in another thread ends it). 1 does not say
*> that the peer has read it. Messages of several threads never mix. If a message could go out only
*> in part, nothing more can be sent: connect again.
*>
*> @param name  a connection, or a simplified server (its attached client). For a UDP socket call
*>              SocketWriteTo.
*> @param data  the message; it may hold zeros.
*> @param size  its length in bytes; -1 sends the text up to its NUL.
*> @return 1, or 0: LOST (the peer is gone), TIMEOUT, NO_CONNECTION (no client yet), CLOSED (after
*>         SocketShutdown), TLS_PROTOCOL and TLS_CERTIFICATE (as from SocketRead), LIMIT (out of memory),
*>         MESSAGE_TOO_LARGE (its length does not fit `SocketLengthBytes`: nothing was sent), CANCELLED,
*>         NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT (also a size that is not that of SocketFixedSize).
*>
*>     if (!SocketWrite("till", "TOTAL 12.50", -1))
*>         show_error();
*>     CALL "SocketWrite" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE data  *> PIC X
*>         BY VALUE     size  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketWrite`, by id.
*>     CALL "SocketWriteId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY REFERENCE data  *> PIC X
*>         BY VALUE     size  *> BINARY-LONG
*>         RETURNING result
*>
*> Gives the system what `SocketGather` holds of what was written. Waits until it has every byte, at most
*> `SocketWriteTimeout`. Where nothing is held there is nothing to do.
*>
*> @param name  a connection, or a simplified server (its attached client).
*> @return 1, or 0: TIMEOUT (the rest is still held), LOST (the peer is gone, messages may have been lost),
*>         LIMIT (out of memory), CANCELLED, NO_CONNECTION (no client), NOT_FOUND, WRONG_KIND.
*>
*>     SocketSetOption("till", SocketGather, 2);
*>     for (int line = 0; line < lines; line++)
*>         SocketWrite("till", text[line], -1);
*>     SocketFlush("till");
*>     CALL "SocketFlush" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketFlush`, by id.
*>     CALL "SocketFlushId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells the size of what the next SocketRead would return without waiting: how large a buffer to
*> give. Does not wait.
*>
*> @param name  a connection, a simplified server (its attached client) or a UDP socket.
*> @return the size in bytes; 0 for nothing yet, and for an empty message (only the read tells them
*>         apart); or what the next read would say: CLOSED, LOST, BAD_FRAME, ACCESS_DENIED, MESSAGE_TOO_LARGE,
*>         TLS_PROTOCOL, TLS_CERTIFICATE, LIMIT; or NOT_FOUND, WRONG_KIND, NO_CONNECTION (still
*>         connecting), as `-code`.
*>
*>     intptr_t size = SocketPending("till");
*>     if (size > 0) buffer = realloc(buffer, size);
*>     CALL "SocketPending" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketPending`, by id.
*>     CALL "SocketPendingId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Says how messages are told apart on the wire (WLanguage: SocketChangeTransmissionMode). Both
*> peers must agree.
*>
*>     SocketSize (default)      decimal length, CR LF, message      "5\r\nhello"
*>     SocketEndTag              message, tag                        "hello<EOF>"
*>     SocketEndTagBuffer        the same bytes                      "hello<EOF>"
*>     SocketNoEndTag            the message as it is                "hello"
*>     SocketBinarySize          binary length, message              "\0\5hello"
*>     SocketFixedSize           messages of `tag_size` bytes each   "hello"
*>     SocketLine                message, CR LF; read up to LF       "hello\r\n"
*>     SocketExactSize           the message as it is; a read takes exactly `capacity` bytes
*>
*> Counts for both directions and from this moment on; bytes that have arrived and were not read are
*> read in the new mode. On a server it counts for the attached client and those accepted later.
*> A message that holds the tag itself arrives as two. In both modes with a tag, what came behind it is
*> kept for the next read; WINDEV calls that an error in SocketEndTag. Does not wait (WLanguage page 3070005).
*> The first four modes are WLanguage's, the others are frames of other machines:
*> `SocketLengthBytes` and the options behind it say how the length of SocketBinarySize is written, and are
*> read here. A watch tells of SocketExactSize once as many bytes are there as the last read
*> that found too few asked for; where none did, at the first byte.
*>
*> @param name      a connection or a server. UDP has no modes: WRONG_KIND.
*> @param mode      one of the eight.
*> @param tag       the tag of the modes that have one, 1 to 255 bytes; NULL is the five bytes
*>                  `<EOF>`, WLanguage's own. Ignored by the others.
*> @param tag_size  its length in bytes; -1 is up to its NUL. Ignored where tag is NULL; with
*>                  SocketFixedSize the size of each message, 1 or more, whatever tag is.
*> @return 1, or 0: INVALID_ARGUMENT, NOT_FOUND, WRONG_KIND, NO_CONNECTION (still connecting).
*>
*>     SocketChangeTransmissionMode("mail", SocketEndTag, "\r\n", 2);
*>     SocketRead("mail", 0, 5000, line, sizeof line);
*>     CALL "SocketChangeTransmissionMode" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     mode  *> BINARY-LONG
*>         BY REFERENCE tag  *> PIC X
*>         BY VALUE     tag_size  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketChangeTransmissionMode`, by id.
*>     CALL "SocketChangeTransmissionModeId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     mode  *> BINARY-LONG
*>         BY REFERENCE tag  *> PIC X
*>         BY VALUE     tag_size  *> BINARY-LONG
*>         RETURNING result

*> ==== Watches: one wait for many sockets ====
*>
*> Creates a watch: one thread waits with it for any number of sockets.
*>
*> Add sockets with SocketWatchAdd, wait with SocketWatchWait, end it with SocketClose, which
*> leaves the sockets open. It takes a name or an id as a socket does; SocketExist, SocketId,
*> SocketName and SocketClose know it, the other functions say WRONG_KIND. Does not wait.
*>
*> @param name  the new watch's name, 1 to 255 bytes.
*> @return 1, or 0: NAME_IN_USE, LIMIT, INVALID_ARGUMENT.
*>
*>     int32_t ready[64];
*>     SocketCreate("server", 5000, NULL);
*>     SocketWatch("all");
*>     SocketWatchAdd("all", "server");
*>     for (;;) {
*>         intptr_t count = SocketWatchWait("all", WDSOCKET_INFINITE, ready, 64);
*>         for (intptr_t i = 0; i < count; i++) serve(ready[i]);
*>     }
*>     CALL "SocketWatch" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketWatch`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketWatchId"
*>         RETURNING result
*>
*> Adds a socket to a watch: a connection, a server, a UDP socket.
*>
*> A socket may be in several watches; closing it takes it out of all of them. Adding it twice is
*> the same as once. A wait that is under way in another thread sees the new socket. Channels do not
*> join their server's watch by themselves: add each after SocketAccept. Does not wait.
*>
*> @param watch  a watch.
*> @param name   the socket.
*> @return 1, or 0: NOT_FOUND (the text says which of the two), WRONG_KIND (the first is no watch, or
*>         the second is one), NO_CONNECTION (still connecting), LIMIT, INVALID_ARGUMENT.
*>
*>     if (SocketAccept("server", channel, sizeof channel) > 0)
*>         SocketWatchAdd("all", channel);
*>     CALL "SocketWatchAdd" USING
*>         BY REFERENCE watch  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketWatchAdd`, by ids.
*>     CALL "SocketWatchAddId" USING
*>         BY VALUE     watch  *> BINARY-LONG
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Takes a socket out of a watch; the socket stays open.
*>
*> Not needed before SocketClose. A wait that is under way in another thread tells it no more.
*> Does not wait.
*>
*> @param watch  a watch.
*> @param name   the socket.
*> @return 1, or 0: NOT_FOUND (no such watch, no such socket, or it is not in this watch: the text
*>         says which), WRONG_KIND, INVALID_ARGUMENT.
*>     CALL "SocketWatchRemove" USING
*>         BY REFERENCE watch  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketWatchRemove`, by ids.
*>     CALL "SocketWatchRemoveId" USING
*>         BY VALUE     watch  *> BINARY-LONG
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Has a watch tell a socket once, as soon as it can be written to, so that a loop of one thread need not wait for a
*> peer that reads slowly.
*>
*> SocketWatchWait then tells the socket as it tells one that is ready to read: once, when the system has room for more
*> of its bytes, at once where there is room already, and also when the connection is gone. So write whatever is
*> waiting for a socket when it is told. Until it is told, asking again changes nothing; each time that it is to be
*> told takes a call of its own. What is ready to read is told as always.
*>
*> For a write that neither waits nor loses anything, set SocketWriteTimeout to 1 and SocketGather to 1 or more: a message of
*> less than 64 KiB then goes whole or says TIMEOUT, and nothing of it has gone. Keep it, call this, write it again when the
*> socket is told. Does not wait.
*>
*> @param watch  a watch.
*> @param name   a socket in it: a connection, a UDP socket, a simplified server with a client.
*> @return 1, or 0: NOT_FOUND (no such watch, no such socket, or it is not in this watch: the text says which), NO_CONNECTION (a
*>         server without a client), WRONG_KIND, LIMIT, INVALID_ARGUMENT.
*>
*>     if (!SocketWrite("viewer", frame, size) && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT)
*>         SocketWatchWritable("all", "viewer");
*>     CALL "SocketWatchWritable" USING
*>         BY REFERENCE watch  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketWatchWritable`, by ids.
*>     CALL "SocketWatchWritableId" USING
*>         BY VALUE     watch  *> BINARY-LONG
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result
*>
*> Waits until sockets of a watch are ready, and tells which.
*>
*> Ready is a socket whose next SocketRead would not wait, or would tell of an end or an error: a
*> whole message is there, or the peer is gone. For a server it means that SocketAccept has a client
*> to take; for a simplified server with a client, that this client's message is there. A socket of
*> SocketWatchWritable is told once more when it can be written to.
*>
*> The watch receives on behalf of the sockets, as far as the message that comes next: a message of
*> which only a part has arrived is not told, one that was received or decrypted by an earlier call
*> is. A connection without frames and without TLS is told as soon as anything has come, and most often the watch
*> leaves the bytes to the read. What another thread is just receiving in SocketRead belongs to that thread.
*> A socket is told again at every wait until it is read. If more are ready than `capacity`, the next
*> wait begins with the others, and who becomes ready meanwhile comes before those told already. The cost of a
*> wait grows with the sockets that are ready, not with those that are in the watch. An id may be stale when you
*> get to it, if another thread closes sockets: then the read says NOT_FOUND. Sockets may be added, removed and
*> closed during a wait, and the wait takes notice; SocketClose of the watch ends it with CANCELLED. Several threads may wait on one
*> watch, and each is told of every ready socket; to share work out, give each thread its own watch.
*>
*> @param watch     a watch.
*> @param timeout   milliseconds; 0 does not wait, `WDSOCKET_INFINITE` waits without limit,
*>                  `WDSOCKET_DEFAULT` is 1000.
*> @param ids       receives the ids of ready sockets, each once, for the Id functions; SocketName
*>                  tells their names.
*> @param capacity  how many ids there is room for, at least 1.
*> @return how many ids were written, 0 when none became ready in time (no error); or CANCELLED,
*>         NOT_FOUND, WRONG_KIND, LIMIT, INVALID_ARGUMENT, as `-code`.
*>
*>     int32_t ready[64];
*>     intptr_t count = SocketWatchWait("all", 5000, ready, 64);
*>     for (intptr_t i = 0; i < count; i++)
*>         SocketReadId(ready[i], 0, 0, buffer, sizeof buffer);
*>     CALL "SocketWatchWait" USING
*>         BY REFERENCE watch  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE ids  *> BINARY-LONG OCCURS
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketWatchWait`, by id.
*>     CALL "SocketWatchWaitId" USING
*>         BY VALUE     watch  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE ids  *> BINARY-LONG OCCURS
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells what a loop of your own waits for in place of SocketWatchWait: a descriptor for select, poll, epoll, GLib,
*> libevent, Qt, Python's selectors; on Windows the handle of an event for WaitForMultipleObjects,
*> MsgWaitForMultipleObjects, GLib, Qt.
*>
*> It is readable (the event: signalled) whenever SocketWatchWait with time 0 would tell something; now and then also where it
*> would not, never the reverse. So wait until it is readable, then call SocketWatchWait with time 0 and serve the
*> sockets that it tells; what is not read is signalled again (level-triggered). Take nothing from the descriptor itself,
*> change nothing about it (nor reset the event), and do not close it: SocketClose of the watch does, after your loop
*> has let it go. It is the same at each call. On Windows a thread of the library's own waits for the sockets from then
*> on, until the watch is closed. Does not wait.
*>
*> @param watch  a watch.
*> @return the descriptor or handle, 0 or more; or NOT_FOUND, WRONG_KIND, CANCELLED, LIMIT, INVALID_ARGUMENT, as `-code`.
*>
*>     struct pollfd all = {(int)SocketWatchHandle("all"), POLLIN, 0};
*>     while (poll(&all, 1, -1) > 0) {
*>         intptr_t count = SocketWatchWait("all", 0, ready, 64);
*>         for (intptr_t i = 0; i < count; i++) serve(ready[i]);
*>     }
*>     CALL "SocketWatchHandle" USING
*>         BY REFERENCE watch  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketWatchHandle`, by id.
*>     CALL "SocketWatchHandleId" USING
*>         BY VALUE     watch  *> BINARY-LONG
*>         RETURNING result
*>
*> Has a message posted to a window of this program whenever SocketWatchWait may tell something, for programs whose loop is
*> that of a window. Windows alone.
*>
*> The message comes by PostMessage with the watch's id as wParam and 0 as lParam; nothing of this library calls into your
*> program. Then call SocketWatchWait with time 0 and serve the sockets that it tells. After a message none comes until
*> that call has ended; where something is left unread, the next one comes at once. It may come for nothing, never the
*> reverse. Another window or message takes the place of the one before; a window of 0 ends the messages, as do
*> SocketClose of the watch and the end of the window. A message that was posted before may still come then. A thread of the
*> library's own waits for the sockets, until the watch is closed. Does not wait.
*>
*> @param name     a watch.
*> @param window   the window's handle (HWND), of which 32 bits count, or 0.
*> @param message  the message's number, 1024 (WM_USER) to 65535.
*> @return 1, or 0: NOT_SUPPORTED (no Windows), NOT_FOUND, WRONG_KIND, INVALID_ARGUMENT (no such window, no such message), CANCELLED,
*>         LIMIT.
*>
*>     SocketWatchMessage("all", (int32_t)(intptr_t)window, WM_APP);
*>     CALL "SocketWatchMessage" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     window  *> BINARY-LONG
*>         BY VALUE     message  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketWatchMessage`, by id.
*>     CALL "SocketWatchMessageId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     window  *> BINARY-LONG
*>         BY VALUE     message  *> BINARY-LONG
*>         RETURNING result

*> ==== WebSocket clients. A WebSocket server is any server with the option WebSocketServer ====
*>
*> Connects to a WebSocket server (WLanguage: WebSocketClientConnect; RFC 6455).
*>
*> Waits for looking up, connecting and the server's answer together. Then it is a socket as any other:
*> SocketRead reads one whole message, SocketWrite sends one (`WebSocketBinary` says which kind), SocketShutdown
*> closes this side, and the peer's close code and reason stand in the text of CLOSED. PINGs are answered by
*> whatever call reads or waits. SocketChangeTransmissionMode is 1 and without effect. Nothing is compressed, and
*> redirections are not followed. `WebSocketHeaders` adds lines to the request.
*>
*> @param name       the new socket's name, 1 to 255 bytes.
*> @param address    as in SocketConnect.
*> @param port       1 to 65535; 0 is 80.
*> @param path       the path of the URL, perhaps with `?` and more; NULL or "" is "/".
*> @param protocols  names of protocols for the server to choose from, separated by commas, such as "mqtt,soap";
*>                   NULL or "" is none.
*> @param timeout    milliseconds; `WDSOCKET_DEFAULT` is 5000.
*> @return 1, or 0: BAD_FRAME (no WebSocket there, or not the one that was asked for), REFUSED (also where the
*>         server answers with a page or with another place, which the text tells), ACCESS_DENIED (it wants to know
*>         who asks), LOST (it ended the connection), INVALID_ARGUMENT, and those of SocketConnect.
*>
*>     if (!WebSocketClientConnect("feed", "www.example.com", 0, "/prices", NULL, WDSOCKET_DEFAULT)) show_error();
*>     size = SocketRead("feed", 0, 5000, message, sizeof message);
*>     CALL "WebSocketClientConnect" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE path  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE protocols  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> As `WebSocketClientConnect`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "WebSocketClientConnectId" USING
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE path  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE protocols  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> Connects to a WebSocket server with TLS and checks its certificate, as SocketConnectSSL does (WLanguage:
*> WebSocketClientConnectSSL): what URLs that begin with `wss:` mean. Otherwise as WebSocketClientConnect.
*>
*> @param name                the new socket's name, 1 to 255 bytes.
*> @param address             as in SocketConnect.
*> @param port                1 to 65535; 0 is 443.
*> @param path                as in WebSocketClientConnect.
*> @param protocols           as in WebSocketClientConnect.
*> @param options             as in SocketConnectSSL.
*> @param timeout             milliseconds, for the TLS handshake too; `WDSOCKET_DEFAULT` is 5000.
*> @param client_certificate  as in SocketConnectSSL.
*> @return 1, or 0: those of WebSocketClientConnect and of SocketConnectSSL.
*>
*>     if (!WebSocketClientConnectSSL("feed", "www.example.com", 0, "/", NULL, 0, WDSOCKET_DEFAULT, NULL))
*>         show_error();
*>     CALL "WebSocketClientConnectSSL" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE path  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE protocols  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `WebSocketClientConnectSSL`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "WebSocketClientConnectSSLId" USING
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE path  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE protocols  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result

*> ==== Descriptors: sockets that others made, and what the system is asked about ours ====
*>
*> Takes over a socket that another part of the program made, or that it was started with.
*>
*> What it is the system tells: a listener becomes a server, standard or simplified, the end of a connection (TCP, Unix,
*> Bluetooth) a connection, a bound UDP socket one of SocketCreateUDP. From then on it is this library's: let nobody else
*> read it, write to it or close it; SocketClose does. It is set to wait, or not, as the library needs, and to be
*> closed by exec; the defaults of SocketSetOption and SocketSetText count. SocketStartSSL puts a connection under TLS.
*> Does not wait.
*>
*> @param name        the new socket's name, 1 to 255 bytes.
*> @param descriptor  the descriptor, 0 or more. On an error it stays yours.
*> @return 1, or 0: INVALID_ARGUMENT (no socket, or one that neither listens nor is connected nor is a bound one of UDP, or
*>         one of this library already), NAME_IN_USE, NOT_SUPPORTED (Windows), LIMIT.
*>
*>     int ends[2];
*>     socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
*>     if (!SocketFromDescriptor("child", ends[0])) show_error();
*>     CALL "SocketFromDescriptor" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     descriptor  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketFromDescriptor`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketFromDescriptorId" USING
*>         BY VALUE     descriptor  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells the descriptor of a socket, on Windows the handle of which 32 bits count, for what this library has no function for:
*> options of the system, or what the kernel tells of it.
*>
*> Ask it and set its options; do not read, write, close or change how it waits. It counts until SocketClose, after which
*> the system gives the number to others. Does not wait.
*>
*> @param name  a connection, a server or a UDP socket. (A watch has SocketWatchHandle.)
*> @return the descriptor, 0 or more; or NOT_FOUND, NO_CONNECTION (still connecting), WRONG_KIND (a watch), INVALID_ARGUMENT, as
*>         `-code`.
*>
*>     int urgent = 46 << 2;
*>     setsockopt((int)SocketDescriptor("till"), IPPROTO_IP, IP_TOS, &urgent, sizeof urgent);
*>     CALL "SocketDescriptor" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketDescriptor`, by id.
*>     CALL "SocketDescriptorId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         RETURNING result

*> ==== TLS: servers, clients, starting it in mid-stream, and what it was agreed to be ====
*>
*> Creates a server whose clients speak TLS (WLanguage: SocketCreateSSL).
*>
*> As SocketCreate; SocketAccept returns at once all the same: the handshake runs inside the
*> channel's first read or write, and a client that does not finish it within `SSLHandshakeTimeout`
*> is dropped (LOST). A certificate file that is replaced is used from the next client on. A certificate that
*> is out of date is served: the call returns 1 with code 0, and SocketErrorInfo tells of it.
*> `SSLCertificateDirectory` has others for the names that clients ask for, of which one that cannot be used is told
*> likewise. `SSLVerifyClient` asks for the clients' certificates, checked against `SSLCaFile`.
*>
*> @param name         the new socket's name, 1 to 255 bytes.
*> @param port         1 to 65535; 0 takes any free one, which SocketLocalInfo tells.
*> @param certificate  path of a PEM file (chain, and key unless `SSLKeyFile` names it) or of a PKCS#12
*>                     file (`SSLPassword`), or PEM text itself, which begins with `-----BEGIN`. With
*>                     `CertificateName`, and where there is no such file, the subject's common name, as
*>                     in WLanguage; with `CertificateHash` the SHA-1 or SHA-256 thumbprint in hexadecimal.
*> @param options      `ProtocolTLS1_2`, `ProtocolTLS1_3` ... and the two above, added together; 0 is TLS 1.2
*>                     and 1.3.
*> @param address      as in SocketCreate.
*> @param store        where a name or thumbprint is looked up: a folder of PEM and PKCS#12 files
*>                     (NULL: the environment's `WDSOCKET_CERT_STORE`); on Windows a certificate
*>                     store (NULL: `MY`).
*> @return 1, or 0: CERTIFICATE (the text says whether it was not found, is none, has a wrong
*>         password, or its key does not fit), NOT_SUPPORTED (SSL 2 or 3 alone), and those of SocketCreate.
*>
*>     SocketSetText("server", SSLPassword, "secret");
*>     if (!SocketCreateSSL("server", 5001, "/etc/till/server.p12", 0, NULL, NULL)) show_error();
*>     CALL "SocketCreateSSL" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE certificate  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE store  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCreateSSL`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketCreateSSLId" USING
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE certificate  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE store  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Connects to a server with TLS and checks its certificate (WLanguage: SocketConnectSSL).
*>
*> The chain must lead to a trusted root, be in date and made for servers, and the certificate must
*> carry the address as typed (RFC 9525), or `SSLServerName`. Roots are the system's and those of
*> `SSLCaFile` and `SSLCaDirectory`; `SSLPeerFingerprintPin` trusts one certificate alone, and with
*> `SSLPublicKeyPins` the chain must also hold one of those keys; `SSLNoVerify` checks nothing. A second connection to the same server is resumed, and cheaper.
*> Waits for looking up, connecting and the handshake together.
*>
*> @param name                the new socket's name, 1 to 255 bytes.
*> @param port                1 to 65535.
*> @param address             as in SocketConnect.
*> @param options             `ProtocolTLS1_2` ... `SSLNoVerify`, added together; 0 is TLS 1.2 and 1.3,
*>                            verified. Versions between two that are asked for have to be offered too; a
*>                            server that chooses one of them is refused (TLS_PROTOCOL).
*> @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
*> @param client_certificate  our own certificate for servers that ask for one, as in
*>                            SocketCreateSSL; NULL or "" for none.
*> @return 1, or 0: TLS_CERTIFICATE (the text says which check failed, and shows the certificate),
*>         TLS_PROTOCOL (no TLS there, or no common version), CERTIFICATE (our own), NOT_SUPPORTED,
*>         and those of SocketConnect.
*>
*>     if (!SocketConnectSSL("bank", 443, "www.example.com", 0, WDSOCKET_DEFAULT, NULL))
*>         show_error();
*>     CALL "SocketConnectSSL" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketConnectSSL`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketConnectSSLId" USING
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Puts a connection that was made in clear under TLS, as a client, and checks the server's
*> certificate: STARTTLS of SMTP, IMAP, POP3, FTP, LDAP (RFC 3207, RFC 8314). With `SSLAsServer` this side
*> is the server.
*>
*> Call it after the server has agreed and its whole answer was read, as a server right after the answer was
*> written: unread bytes in clear make it fail, since anyone may have put them there. What was set for every socket
*> (NULL as the name) counts as it was when the connection was made, for a channel when its server was. Waits for
*> reads and writes of other threads to end, then for the handshake. After a failure the connection is of no more
*> use: close it.
*>
*> @param name                a connection: one made by SocketConnect, or a channel (FTP's data connections).
*> @param options             as in SocketConnectSSL; with `SSLAsServer` as in SocketCreateSSL.
*> @param timeout             milliseconds; `WDSOCKET_DEFAULT` is 5000.
*> @param server_name         the name that the certificate must carry; NULL or "" is `SSLServerName`, or else
*>                            the IP address that was connected to. With `SSLAsServer` NULL or "".
*> @param client_certificate  as in SocketConnectSSL; with `SSLAsServer` the server's, as in SocketCreateSSL.
*> @return 1, or 0: TLS_CERTIFICATE, TLS_PROTOCOL (also for unread bytes in clear), CERTIFICATE,
*>         TIMEOUT, LOST (the peer is gone), LIMIT, WRONG_KIND (TLS already, or a server), NOT_FOUND,
*>         CANCELLED, NO_CONNECTION (still connecting), INVALID_ARGUMENT.
*>
*>     SocketWrite("mail", "STARTTLS", -1); SocketRead("mail", 0, 5000, answer, sizeof answer);
*>     if (!SocketStartSSL("mail", 0, WDSOCKET_DEFAULT, "mail.example.com", NULL)) show_error();
*>     CALL "SocketStartSSL" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE server_name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketStartSSL`, by id.
*>     CALL "SocketStartSSLId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     options  *> BINARY-LONG
*>         BY VALUE     timeout  *> BINARY-LONG
*>         BY REFERENCE server_name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE client_certificate  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Tells what a TLS connection was agreed to be, and who the peer is.
*>
*> Does not wait.
*>
*> @param name      a TLS connection, or a simplified TLS server (its attached client).
*> @param info      `SSLProtocol` ("TLSv1.3"), `SSLCipher`, `SSLPeerSubject`, `SSLPeerIssuer`,
*>                  `SSLPeerFingerprint` (SHA-256), `SSLPeerNotAfter` ("2027-01-31T12:00:00Z"),
*>                  `SSLPeerNotBefore`, `SSLPeerSerial` (hexadecimal), `SSLPeerNames` ("till.example,
*>                  192.0.2.7"), `SSLPeerChain` (PEM), `SSLAlpn`, `SSLGroup`, `SSLResumed` ("1" or "0"),
*>                  `SSLServerName` (the name that the client asked for).
*> @param buffer    where the text goes, NUL-terminated; empty where the peer showed no certificate.
*> @param capacity  its size in bytes; 1024 is enough for nearly every text but `SSLPeerNames` and
*>                  `SSLPeerChain`, which 200000 hold.
*> @return the text's length, or NO_CONNECTION (the handshake is not done), WRONG_KIND (in clear),
*>         BUFFER_TOO_SMALL, LIMIT, NOT_FOUND, INVALID_ARGUMENT, as `-code`.
*>
*>     char version[16];
*>     SocketSSLInfo("bank", SSLProtocol, version, sizeof version);
*>     CALL "SocketSSLInfo" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketSSLInfo`, by id.
*>     CALL "SocketSSLInfoId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     info  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result

*> ==== UDP: datagrams to and from anybody, broadcasts, multicast groups ====
*>
*> Creates a UDP socket (WLanguage: SocketCreateUDP), to send and to receive.
*>
*> SocketWriteTo sends a datagram to anybody, SocketRead takes the next one whoever sent it, and
*> SocketClientInfo then tells who. Broadcasts are allowed; SocketJoinGroup adds multicast. UDP may
*> lose, double or reorder datagrams on the way; none is ever cut. It has no transmission modes.
*> A host name is looked up, which takes at most 20 s; otherwise the call does not wait.
*>
*> @param name     the new socket's name, 1 to 255 bytes.
*> @param port     1 to 65535; 0 takes any free one, which SocketLocalInfo tells: right for a socket
*>                 that asks first.
*> @param address  NULL or "" is all interfaces, IPv6 and IPv4 together where the machine has both;
*>                 else an IPv4 or IPv6 address or a host name of this machine; or with port 0 `systemd:` or
*>                 `systemd:NAME`, a socket that systemd has handed over.
*> @return 1, or 0: NAME_IN_USE, ADDRESS_IN_USE (another program has the port; with
*>         `SocketUniqueAddress` set to 0 in both they share it), ADDRESS_NOT_AVAILABLE,
*>         ACCESS_DENIED, HOST_NOT_FOUND, LIMIT, INVALID_ARGUMENT.
*>
*>     SocketCreateUDP("radio", 5000, NULL);
*>     SocketWriteTo("radio", "who is there?", -1, "192.0.2.255", 5000);
*>     CALL "SocketCreateUDP" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCreateUDP`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketCreateUDPId" USING
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Sends one datagram from a UDP socket (WLanguage: SocketWrite with four parameters).
*>
*> 1 says that the system has taken it: UDP does not tell whether anybody receives it, and a peer
*> that is not there never makes a later call fail. A host name is looked up, at most 20 s; of
*> several addresses the first that has a route is taken. Waits for room in the send buffer, at most
*> `SocketWriteTimeout`.
*>
*> @param name     a UDP socket.
*> @param data     the message; it may hold zeros.
*> @param size     its length in bytes, 0 to 65507; -1 sends the text up to its NUL.
*> @param address  an IPv4 or IPv6 address, also of a broadcast or a multicast group, or a host name.
*> @param port     1 to 65535; `WDSOCKET_DEFAULT` is the port of the last datagram sent from this socket.
*> @return 1, or 0: MESSAGE_TOO_LARGE (nothing was sent), HOST_NOT_FOUND, UNREACHABLE (no route, or
*>         the socket was created for an address of the other family), TIMEOUT, ACCESS_DENIED,
*>         CANCELLED, WRONG_KIND (no UDP socket: call SocketWrite), NOT_FOUND, INVALID_ARGUMENT.
*>
*>     char who[64], port[8];
*>     intptr_t size = SocketRead("radio", 0, 1000, message, sizeof message);
*>     SocketClientInfo("radio", SocketAddress, who, sizeof who);
*>     SocketClientInfo("radio", SocketPort, port, sizeof port);
*>     if (size >= 0) SocketWriteTo("radio", "me!", -1, who, atoi(port));
*>     CALL "SocketWriteTo" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE data  *> PIC X
*>         BY VALUE     size  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketWriteTo`, by id.
*>     CALL "SocketWriteToId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY REFERENCE data  *> PIC X
*>         BY VALUE     size  *> BINARY-LONG
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         RETURNING result
*>
*> Makes a UDP socket receive the datagrams sent to a multicast group.
*>
*> It must be bound to the group's port, and to all interfaces (address NULL). Sending to a group
*> needs no joining. `SocketTimeToLive` says how many routers the datagrams sent may pass (1 unless
*> it was set), `SocketMulticastLoop` whether this machine gets them too. With an interface given,
*> what the socket sends to groups of that family leaves through it from then on. Does not wait.
*>
*> @param name       a UDP socket.
*> @param group      an IPv4 address from 224.0.0.0 to 239.255.255.255, or an IPv6 one that begins
*>                   with ff.
*> @param network    the network interface: its name, its number or one of its addresses; NULL or ""
*>                   is the system's choice.
*> @return 1, or 0: INVALID_ARGUMENT (no group, or not of the socket's family), ADDRESS_IN_USE (joined
*>         already), ADDRESS_NOT_AVAILABLE (no such interface), LIMIT, WRONG_KIND, NOT_FOUND.
*>
*>     SocketCreateUDP("news", 5007, NULL);
*>     if (!SocketJoinGroup("news", "239.1.2.3", "eth0")) show_error();
*>     CALL "SocketJoinGroup" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE group  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE network  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketJoinGroup`, by id.
*>     CALL "SocketJoinGroupId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY REFERENCE group  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE network  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Ends what SocketJoinGroup began. SocketClose does so by itself. Does not wait.
*>
*> @param name       a UDP socket.
*> @param group      the group.
*> @param network    as it was joined: another name of the same interface is as good.
*> @return 1, or 0: ADDRESS_NOT_AVAILABLE (not joined there, or no such interface),
*>         INVALID_ARGUMENT, WRONG_KIND, NOT_FOUND.
*>
*>     SocketLeaveGroup("news", "239.1.2.3", "eth0");
*>     SocketJoinGroup("news", "239.1.2.4", "eth0");
*>     CALL "SocketLeaveGroup" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE group  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE network  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketLeaveGroup`, by id.
*>     CALL "SocketLeaveGroupId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY REFERENCE group  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE network  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result

*> ==== Bluetooth connections, and infrared ones, which no system has any more ====
*>
*> Creates a Bluetooth server (WLanguage: SocketCreateBluetooth).
*>
*> It listens on an RFCOMM channel of this machine's adapters. From then on it is a server like that
*> of SocketCreate, standard or simplified, and its clients' messages have the same modes.
*> SocketLocalInfo and SocketClientInfo tell a Bluetooth address as `SocketAddress` and the channel as
*> `SocketPort`. No service record is published: clients give the channel, or find it because a
*> program of the system has published it. SocketShutdown ends a Bluetooth connection in both
*> directions. Does not wait.
*>
*> @param name     the new socket's name, 1 to 255 bytes.
*> @param service  a channel, "1" to "30"; or "SerialPortServiceClass_UUID" (or its UUID), which is
*>                 channel 1 by custom. No other UUID can be offered.
*> @return 1, or 0: NOT_SUPPORTED (this system has no Bluetooth sockets, or another UUID),
*>         ADDRESS_IN_USE (another program has the channel), NAME_IN_USE, LIMIT, INVALID_ARGUMENT.
*>
*>     if (!SocketCreateBluetooth("scanner", "3")) show_error();
*>     CALL "SocketCreateBluetooth" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCreateBluetooth`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketCreateBluetoothId" USING
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Connects to a service of a Bluetooth device (WLanguage: SocketConnectBluetooth).
*>
*> From then on it is a connection like that of SocketConnect. The system pairs the devices where the
*> service asks for it. Waits until the connection stands; SocketClose from another thread ends the
*> wait at once.
*>
*> @param name     the new socket's name, 1 to 255 bytes.
*> @param service  a channel, "1" to "30"; or "SerialPortServiceClass_UUID" (or its UUID), which is
*>                 channel 1 by custom. Other UUIDs are not looked up.
*> @param mac      the device's address, "AA:BB:CC:DD:EE:FF".
*> @param timeout  milliseconds; `WDSOCKET_INFINITE` waits as long as the system does,
*>                 `WDSOCKET_DEFAULT` is 5000.
*> @return 1, or 0: NOT_SUPPORTED (this system has no Bluetooth sockets, or another UUID), REFUSED
*>         (the device does not offer the service), UNREACHABLE, TIMEOUT, NAME_IN_USE, CANCELLED,
*>         LIMIT, INVALID_ARGUMENT.
*>
*>     if (!SocketConnectBluetooth("scanner", "3", "00:1A:7D:DA:71:0F", 10000)) show_error();
*>     CALL "SocketConnectBluetooth" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE mac  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketConnectBluetooth`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketConnectBluetoothId" USING
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE mac  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> Always refused: there are no infrared sockets any more (WLanguage: SocketCreateInfrared).
*>
*> @param name     a name, 1 to 255 bytes.
*> @param service  ignored.
*> @return 0 with NOT_SUPPORTED, or INVALID_ARGUMENT (no name).
*>     CALL "SocketCreateInfrared" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketCreateInfrared`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketCreateInfraredId" USING
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Always refused: there are no infrared sockets any more (WLanguage: SocketConnectInfrared).
*>
*> @param name     a name, 1 to 255 bytes.
*> @param service  ignored.
*> @param timeout  ignored.
*> @return 0 with NOT_SUPPORTED, or INVALID_ARGUMENT (no name).
*>     CALL "SocketConnectInfrared" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketConnectInfrared`, without a name.
*>
*> @return the new id, or `-code`.
*>     CALL "SocketConnectInfraredId" USING
*>         BY REFERENCE service  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     timeout  *> BINARY-LONG
*>         RETURNING result

*> ==== Options: whole numbers and texts ====
*>
*> Sets a whole-number option of a socket, or the default for sockets made later (WLanguage:
*> Socket.Option). Does not wait.
*>
*> @param name    a socket; NULL sets the default for sockets made from now on.
*> @param option  one of the header's option constants, such as `SocketNagle`.
*> @param value   what the constant's description says; `WDSOCKET_DEFAULT` puts the built-in one back.
*> @return 1, or 0: INVALID_ARGUMENT (no such option, or a value it does not take), WRONG_KIND (it
*>         means nothing for this kind of socket, or is only read when the socket is made),
*>         NOT_FOUND, NO_CONNECTION (still connecting).
*>
*>     SocketSetOption(NULL, SocketKeepAlive, 60);
*>     SocketSetOption("till", SocketWriteTimeout, 10000);
*>     CALL "SocketSetOption" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     option  *> BINARY-LONG
*>         BY VALUE     value  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketSetOption`, by id.
*>     CALL "SocketSetOptionId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     option  *> BINARY-LONG
*>         BY VALUE     value  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells a whole-number option of a socket, or the default for sockets made later.
*>
*> For what the system keeps (buffers, keep-alive, Nagle, time to live) it asks the system. Does not
*> wait.
*>
*> @param name    a socket; NULL tells the default for sockets made from now on.
*> @param option  one of the header's option constants.
*> @return the value, 0 or more; or INVALID_ARGUMENT, WRONG_KIND, NOT_FOUND, NO_CONNECTION, as
*>         `-code`.
*>
*>     if (SocketGetOption("till", SocketNagle) == 1)
*>         SocketSetOption("till", SocketNagle, 0);
*>     CALL "SocketGetOption" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     option  *> BINARY-LONG
*>         RETURNING result
*>
*> As `SocketGetOption`, by id.
*>     CALL "SocketGetOptionId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     option  *> BINARY-LONG
*>         RETURNING result
*>
*> Sets a text option: paths, passwords, names for TLS.
*>
*> TLS reads them when it starts, so set them before: a name that no socket has yet keeps them for
*> the next socket of that name. They are forgotten when that socket cannot be made, too, and at
*> SocketClose of the name: set them again before the next attempt. On a TLS server they count for
*> the clients accepted from now on. Does not wait.
*>
*> @param name    a socket, or a name that the next socket will have; NULL sets the default for every
*>                socket made from now on (which is how functions of the Id family get theirs).
*> @param option  `SSLCaFile`, `SSLPassword` ... of the header's constants.
*> @param text    UTF-8, at most 4096 bytes; NULL or "" is none.
*> @return 1, or 0: INVALID_ARGUMENT (no such option, not UTF-8), WRONG_KIND (TLS has started already, or a
*>         server in clear), CERTIFICATE (a TLS server could not be made with it: it goes on as before, and
*>         takes it together with what is set next, such as a new key and then its password), NOT_FOUND (an
*>         id), LIMIT.
*>
*>     SocketSetText("bank", SSLCaFile, "/etc/till/ca.pem");
*>     SocketConnectSSL("bank", 443, "192.0.2.7", 0, WDSOCKET_DEFAULT, NULL);
*>     CALL "SocketSetText" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     option  *> BINARY-LONG
*>         BY REFERENCE text  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> As `SocketSetText`, by id.
*>     CALL "SocketSetTextId" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY VALUE     option  *> BINARY-LONG
*>         BY REFERENCE text  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result

*> ==== From a socket's name to its id and back ====
*>
*> Tells the id of a socket: shorter to pass on, and a little faster.
*>
*> An id is greater than 0, belongs to this socket alone and is not given again after it was
*> closed: a stale one says NOT_FOUND. Does not wait.
*>
*> @param name  a socket.
*> @return the id, or NOT_FOUND, INVALID_ARGUMENT, as `-code`.
*>
*>     int32_t till = (int32_t)SocketId("till");
*>     SocketWriteId(till, "hello", -1);
*>     CALL "SocketId" USING
*>         BY REFERENCE name  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Tells the name of a socket; empty for one that the Id family made.
*>
*> Does not wait.
*>
*> @param id        a socket.
*> @param buffer    where the name goes, NUL-terminated; 256 bytes are always enough.
*> @param capacity  its size in bytes.
*> @return the name's length, or NOT_FOUND, BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
*>
*>     char name[256];
*>     SocketName(id, name, sizeof name);
*>     CALL "SocketName" USING
*>         BY VALUE     id  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result

*> ==== Names and addresses of machines ====
*>
*> Tells an IP address of a machine (WLanguage: NetIPAddress).
*>
*> IPv4 addresses come first, which is all that WLanguage tells, then IPv6. Of this machine they are those
*> of the interfaces that are up, of each family first what other machines can use, then those of one wire
*> alone (link-local, with their zone), then loopback; of another one what its name leads to, in the system's order. Waits for
*> the name server at most 20 s (WLanguage page 3056023).
*>
*> @param machine   a host name; NULL or "" is this machine.
*> @param rank      0 is the first address, 1 the next one.
*> @param buffer    where the address goes; 64 bytes are enough.
*> @param capacity  its size in bytes.
*> @return the text's length; 0 and an empty text behind the last address; or HOST_NOT_FOUND,
*>         TIMEOUT, LIMIT, BUFFER_TOO_SMALL, INVALID_ARGUMENT (a rank below 0), as `-code`.
*>
*>     char address[64];
*>     for (int32_t rank = 0; NetIPAddress(NULL, rank, address, sizeof address) > 0; rank++)
*>         puts(address);
*>     CALL "NetIPAddress" USING
*>         BY REFERENCE machine  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     rank  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells the name of this machine (WLanguage: NetMachineName). Does not wait.
*>
*> @param buffer    where the name goes; 256 bytes are enough.
*> @param capacity  its size in bytes.
*> @return the text's length, or BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
*>
*>     char name[256];
*>     if (NetMachineName(name, sizeof name) > 0) puts(name);
*>     CALL "NetMachineName" USING
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result

*> ==== The whole program: its proxy, its library for TLS, and the version ====
*>
*> Sends every TCP connection made from now on through a proxy (WLanguage: SocketProxy): SOCKS 5 (RFC 1928,
*> login of RFC 1929), SOCKS 4a, or HTTP's CONNECT (RFC 9110, Basic login of RFC 7617) in clear or under TLS.
*>
*> Of a host with several addresses the first is taken that the proxy reaches, one after the other: one that
*> does not answer uses up the time, which all but `socks5` leave to the proxy. It counts for the whole process, for connections in clear and under TLS, to this machine too; servers, UDP
*> and Bluetooth are not affected, and connections that stand stay as they are. The time of SocketConnect
*> covers the proxy, the name, the connection and the handshake together. TLS checks the certificate against the
*> address given to SocketConnectSSL; SocketClientInfo tells the proxy. Does not wait (WLanguage page
*> 1410088761).
*>
*> @param address   `socks5://host` looks names up on this machine, `socks5h://host`, `socks4a://host`,
*>                  `http://host` and `https://host` let the proxy do it, at most 255 bytes each; `:port` may
*>                  follow, IPv6 addresses stand in brackets. `https` checks the proxy's certificate against
*>                  its address. `environment:` reads the variables https_proxy (for TLS), all_proxy and
*>                  no_proxy, now. NULL or "" ends the use of a proxy.
*> @param port      1 to 65535; 0 and `WDSOCKET_DEFAULT` are the one in the address, or 1080 for SOCKS, 80
*>                  and 443 for HTTP.
*> @param login     NULL or "" for none; at most 255 bytes. SOCKS 4a has none.
*> @param password  NULL or "" for none; at most 255 bytes. All but `https` send it in clear.
*> @return 1, or 0: INVALID_ARGUMENT. What goes wrong later is told by the call that connects: PROXY (the
*>         proxy cannot be had, or speaks something else), ACCESS_DENIED (it refused the login or its rules the
*>         host), and as without a proxy REFUSED, UNREACHABLE, TIMEOUT.
*>
*>     SocketProxy("socks5h://proxy.example.com", 1080, "till", "secret");
*>     SocketConnectSSL("bank", 443, "www.example.com", 0, WDSOCKET_DEFAULT, NULL);
*>     CALL "SocketProxy" USING
*>         BY REFERENCE address  *> PIC X that ends with X"00", or OMITTED
*>         BY VALUE     port  *> BINARY-LONG
*>         BY REFERENCE login  *> PIC X that ends with X"00", or OMITTED
*>         BY REFERENCE password  *> PIC X that ends with X"00", or OMITTED
*>         RETURNING result
*>
*> Sets which library makes TLS (WLanguage: SocketConfigure). It is always OpenSSL, on every system, so that
*> TLS 1.3 is there on old Windows too. Does not wait (WLanguage page 1410088949).
*>
*> @param option  `SocketConfigureMode`.
*> @param value   `SocketModeOpenSSL`.
*> @return 1, or 0: NOT_SUPPORTED (`SocketModeSChannel`), INVALID_ARGUMENT.
*>
*>     SocketConfigure(SocketConfigureMode, SocketModeOpenSSL);
*>     CALL "SocketConfigure" USING
*>         BY VALUE     option  *> BINARY-LONG
*>         BY VALUE     value  *> BINARY-LONG
*>         RETURNING result
*>
*> Tells the library's version, that of the OpenSSL in it, and the system it was built for.
*>
*> Does not wait.
*>
*> @param buffer    where the text goes, NUL-terminated; 128 bytes are enough.
*> @param capacity  its size in bytes.
*> @return the text's length, or BUFFER_TOO_SMALL, INVALID_ARGUMENT, as `-code`.
*>
*>     char version[128];
*>     if (SocketVersion(version, sizeof version) > 0) puts(version);
*>     CALL "SocketVersion" USING
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result

*> ==== Errors: what the last call of this thread said, and what a code means ====
*>
*> Code of the last error of this thread.
*>
*> Every call but SocketErrorCode, SocketErrorSystem, SocketErrorInfo and SocketErrorText sets it; a
*> call that succeeds sets it to 0. Does not wait.
*>
*> @return `WDSOCKET_OK` (0) or one of the `WDSOCKET_ERR_...` constants, always positive.
*>
*>     if (!SocketConnect("till", 5000, "192.0.2.7", WDSOCKET_DEFAULT)
*>         && SocketErrorCode() == WDSOCKET_ERR_TIMEOUT) try_again();
*>     CALL "SocketErrorCode"
*>         RETURNING result
*>
*> What the operating system said of the last error of this thread.
*>
*> Does not wait.
*>
*> @return `errno` on Unix, the WSA code on Windows; 0 where the system had no part in the error.
*>
*>     printf("system error %d\n", (int)SocketErrorSystem());
*>     CALL "SocketErrorSystem"
*>         RETURNING result
*>
*> Text of the last error of this thread: one English sentence, UTF-8, that names the function,
*> the socket, the address, what the system said and what to do. Empty after a success, unless
*> there is a warning (a certificate that is out of date).
*>
*> Does not wait, and leaves the last error as it is.
*>
*> @param buffer    where the text goes, NUL-terminated.
*> @param capacity  its size in bytes; 1024 is enough for nearly every text.
*> @return the text's length without the NUL, or `-WDSOCKET_ERR_BUFFER_TOO_SMALL` (and an empty
*>         text), `-WDSOCKET_ERR_INVALID_ARGUMENT`.
*>
*>     char text[1024];
*>     if (SocketErrorInfo(text, sizeof text) > 0) fprintf(stderr, "%s\n", text);
*>     CALL "SocketErrorInfo" USING
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
*>
*> What an error code means: one English sentence, UTF-8, for programs whose calls move between
*> threads, so that SocketErrorInfo may tell of another call. It names no socket and no address.
*>
*> Does not wait, and leaves the last error as it is.
*>
*> @param code      one of `WDSOCKET_ERR_...`, or a negative result as a function returned it;
*>                  `WDSOCKET_OK` has the empty text.
*> @param buffer    where the text goes, NUL-terminated.
*> @param capacity  its size in bytes; 256 is enough for every text.
*> @return the text's length without the NUL, or `-WDSOCKET_ERR_BUFFER_TOO_SMALL` (and an empty
*>         text), `-WDSOCKET_ERR_INVALID_ARGUMENT` (no such code).
*>
*>     intptr_t length = SocketReadId(id, 0, 5000, data, sizeof data);
*>     char text[256];
*>     if (length < 0 && SocketErrorText((int32_t)length, text, sizeof text) > 0) puts(text);
*>     CALL "SocketErrorText" USING
*>         BY VALUE     code  *> BINARY-LONG
*>         BY REFERENCE buffer  *> PIC X, its result ends with X"00"
*>         BY VALUE     capacity  *> BINARY-LONG
*>         RETURNING result
