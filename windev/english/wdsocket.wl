// wdsocket for WINDEV and WEBDEV: WLanguage's socket functions, each with wd before its name.
// README.md in the folder above tells how to install it and how to move a program to it.
// Written from the documentation of WLanguage and of wdsocket; it has not been run in WINDEV.
// A procedure that fails returns False, an empty text or a negative number, and ErrorInfo() tells why.
// wdSocketErrorCode() is 0 after a success. A time that is over is no error: only wdSocketErrorCode() tells it.

// Declaration code of the set of procedures
CONSTANT
	// The file of the library, on Windows and on Linux
	wdLibraryWindows = "wdsocket.dll"
	wdLibraryLinux = "libwdsocket.so"

	// Times
	WDSOCKET_INFINITE = -1
	WDSOCKET_DEFAULT = -2

	// Transmission modes
	wdSocketEndTag = 0
	wdSocketSize = 1
	wdSocketEndTagBuffer = 2
	wdSocketNoEndTag = 3
	wdSocketBinarySize = 4
	wdSocketFixedSize = 5
	wdSocketLine = 6
	wdSocketExactSize = 7

	// What wdSocketConfigure sets, and its values
	wdSocketConfigureMode = 1
	wdSocketModeSChannel = 0
	wdSocketModeOpenSSL = 1

	// What wdSocketClientInfo and wdSocketLocalInfo tell
	wdSocketAddress = 1
	wdSocketPort = 2
	wdWebSocketKind = 15
	wdSocketPeerUser = 16
	wdSocketPeerProcess = 17

	// What wdSocketLocalInfo tells beside; without a name the sums of the process
	wdSocketBytesReceived = 3
	wdSocketBytesSent = 4
	wdSocketMessagesReceived = 5
	wdSocketMessagesSent = 6
	wdSocketSince = 7
	wdSocketSilentFor = 8
	wdSocketRoundTrip = 9
	wdSocketRetransmits = 10
	wdSocketUnsent = 11
	wdSocketHandshakeTime = 12
	wdSocketLastError = 13
	wdSocketOpenSockets = 14

	// Options of wdSocketSetOption and wdSocketGetOption
	wdSocketNagle = 101
	wdSocketUniqueAddress = 102
	wdSocketKeepAlive = 103
	wdSocketReceiveBuffer = 104
	wdSocketSendBuffer = 105
	wdSocketMaxMessage = 106
	wdSocketWriteTimeout = 107
	wdSocketBacklog = 108
	wdSocketTimeToLive = 109
	wdSocketMulticastLoop = 110
	wdSSLHandshakeTimeout = 111
	wdSSLVerifyClient = 112
	wdSSLSystemRoots = 113
	wdSSLVerifyDepth = 114
	wdSSLStrict = 115
	wdSocketReadIdle = 116
	wdSSLNameInSubject = 117
	wdSocketGather = 118
	wdSocketTraceLimit = 119
	wdWebSocketServer = 120
	wdWebSocketBinary = 121
	wdSocketKeepAliveInterval = 122
	wdSocketKeepAliveCount = 123
	wdSocketUserTimeout = 124
	wdSocketIdleTimeout = 125
	wdSocketProxyProtocol = 126
	wdSocketFileMode = 127
	wdSocketLengthBytes = 128
	wdSocketLengthOrder = 129
	wdSocketLengthOffset = 130
	wdSocketLengthAdjust = 131
	wdSocketLengthHeader = 132
	wdSocketLengthUncounted = 133
	wdSocketSignalEndsWait = 134

	// Options of wdSocketSetText
	wdSSLCaFile = 201
	wdSSLCaDirectory = 202
	wdSSLCrlFile = 203
	wdSSLKeyFile = 204
	wdSSLPassword = 205
	wdSSLServerName = 206
	wdSSLAlpn = 207
	wdSSLCipherList = 208
	wdSSLPeerFingerprintPin = 209
	wdSSLGroups = 210
	wdSocketTraceFile = 211
	wdSSLKeyLogFile = 212
	wdWebSocketHeaders = 213
	wdSocketProxyAddress = 214
	wdSocketProxyFrom = 215
	wdSSLTicketKeyFile = 216
	wdSocketLocalAddress = 217
	wdSocketPortRange = 218
	wdSSLSignatures = 220
	wdSSLCertificateDirectory = 219
	wdSSLPublicKeyPins = 221

	// What wdSocketSSLInfo tells
	wdSSLProtocol = 301
	wdSSLCipher = 302
	wdSSLPeerSubject = 303
	wdSSLPeerIssuer = 304
	wdSSLPeerFingerprint = 305
	wdSSLPeerNotAfter = 306
	wdSSLGroup = 307
	wdSSLPeerNames = 308
	wdSSLPeerSerial = 309
	wdSSLPeerNotBefore = 310
	wdSSLPeerChain = 311
	wdSSLResumed = 312

	// Options of the procedures with SSL in their name, added together
	wdProtocolSSL2 = 1
	wdProtocolSSL3 = 2
	wdProtocolTLS1 = 4
	wdProtocolTLS1_1 = 8
	wdProtocolTLS1_2 = 16
	wdProtocolTLS1_3 = 32
	wdCertificateName = 64
	wdCertificateHash = 128
	wdSSLNoVerify = 256
	wdSSLAsServer = 512

	// What wdSocketErrorCode tells
	WDSOCKET_OK = 0
	WDSOCKET_ERR_INVALID_ARGUMENT = 1
	WDSOCKET_ERR_NOT_FOUND = 2
	WDSOCKET_ERR_NAME_IN_USE = 3
	WDSOCKET_ERR_TIMEOUT = 4
	WDSOCKET_ERR_CLOSED = 5
	WDSOCKET_ERR_LOST = 6
	WDSOCKET_ERR_REFUSED = 7
	WDSOCKET_ERR_UNREACHABLE = 8
	WDSOCKET_ERR_HOST_NOT_FOUND = 9
	WDSOCKET_ERR_ADDRESS_IN_USE = 10
	WDSOCKET_ERR_ADDRESS_NOT_AVAILABLE = 11
	WDSOCKET_ERR_ACCESS_DENIED = 12
	WDSOCKET_ERR_BUFFER_TOO_SMALL = 13
	WDSOCKET_ERR_MESSAGE_TOO_LARGE = 14
	WDSOCKET_ERR_BAD_FRAME = 15
	WDSOCKET_ERR_WRONG_KIND = 16
	WDSOCKET_ERR_NO_CONNECTION = 17
	WDSOCKET_ERR_CANCELLED = 18
	WDSOCKET_ERR_TLS_PROTOCOL = 19
	WDSOCKET_ERR_TLS_CERTIFICATE = 20
	WDSOCKET_ERR_CERTIFICATE = 21
	WDSOCKET_ERR_NOT_SUPPORTED = 22
	WDSOCKET_ERR_LIMIT = 23
	WDSOCKET_ERR_SYSTEM = 24
	WDSOCKET_ERR_INTERNAL = 25
	WDSOCKET_ERR_PROXY = 26
	// The module's own: the library's file is not there
	WDSOCKET_ERR_NO_LIBRARY = 9999
END

GLOBAL
	// The file that was loaded, empty before the first call
	gsWDLibrary is string = ""
	// Whether a read has given an idle time: since then each read sets its own
	gbWDIdle is boolean = False

// Procedures: servers

PROCEDURE wdSocketCreate(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "") : boolean
// A server on a port; an empty address is every address of this machine.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
RESULT wdAnswer(API(gsWDLibrary, "SocketCreate", &szName, nPort, &szAddress))

PROCEDURE wdSocketCreateSSL(LOCAL sName is string, LOCAL nPort is int, LOCAL sCertificate is string, LOCAL nOptions is int = 0, LOCAL sAddress is string = "", LOCAL sStore is string = "") : boolean
// A server with TLS. The certificate is a PEM or PKCS#12 file or, where there is no such file, a common name.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szCertificate is ANSI string = wdText(sCertificate)
szAddress is ANSI string = wdText(sAddress)
szStore is ANSI string = wdText(sStore)
RESULT wdAnswer(API(gsWDLibrary, "SocketCreateSSL", &szName, nPort, &szCertificate, nOptions, &szAddress, &szStore))

PROCEDURE wdSocketCreateUDP(LOCAL sName is string, LOCAL nPort is int = 0, LOCAL sAddress is string = "") : boolean
// A UDP socket; port 0 is any free one.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
RESULT wdAnswer(API(gsWDLibrary, "SocketCreateUDP", &szName, nPort, &szAddress))

PROCEDURE wdSocketCreateBluetooth(LOCAL sName is string, LOCAL sService is string, LOCAL sDescription is string = "") : boolean
// A Bluetooth server. No service record is published, so that the description tells nobody.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szService is ANSI string = wdText(sService)
RESULT wdAnswer(API(gsWDLibrary, "SocketCreateBluetooth", &szName, &szService))

PROCEDURE wdSocketCreateInfrared(LOCAL sName is string, LOCAL sService is string) : boolean
// Always refused: no system has infrared sockets any more.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szService is ANSI string = wdText(sService)
RESULT wdAnswer(API(gsWDLibrary, "SocketCreateInfrared", &szName, &szService))

PROCEDURE wdSocketWaitForConnection(LOCAL sName is string, LOCAL xTimeout = WDSOCKET_INFINITE) : boolean
// Waits for a client, without limit where no time is given; wdSocketClose ends the wait at once.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketWaitForConnection", &szName, wdMilliseconds(xTimeout)))

PROCEDURE wdSocketAccept(LOCAL sName is string) : string
// Takes the waiting client: the name of its channel, which wdSocketClose ends.
IF NOT wdLoad() THEN RESULT ""
szName is ANSI string = wdText(sName)
bufText is Buffer = wdRoom(64)
nLength is system int = API(gsWDLibrary, "SocketAccept", &szName, &bufText, 64)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketDeny(LOCAL sName is string) : boolean
// Sends the waiting client of a server away, or closes a channel.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketDeny", &szName))

// Procedures: clients

PROCEDURE wdSocketConnect(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "", LOCAL xTimeout = 5000) : boolean
// Connects to a server, within 5 seconds where no time is given; an empty address is this machine.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
RESULT wdAnswer(API(gsWDLibrary, "SocketConnect", &szName, nPort, &szAddress, wdMilliseconds(xTimeout)))

PROCEDURE wdSocketConnectSSL(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "", LOCAL nOptions is int = 0, LOCAL xTimeout = 5000, LOCAL sClientCertificate is string = "") : boolean
// Connects with TLS and checks the server's certificate; the option wdSSLNoVerify checks nothing.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
szCertificate is ANSI string = wdText(sClientCertificate)
RESULT wdAnswer(API(gsWDLibrary, "SocketConnectSSL", &szName, nPort, &szAddress, nOptions, wdMilliseconds(xTimeout), &szCertificate))

PROCEDURE wdWebSocketClientConnect(LOCAL sName is string, LOCAL sAddress is string, LOCAL nPort is int = 80, LOCAL sPath is string = "/", LOCAL sProtocols is string = "", LOCAL xTimeout = 5000) : boolean
// Connects to a WebSocket server; protocols are separated by commas.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
szPath is ANSI string = wdText(sPath)
szProtocols is ANSI string = wdText(sProtocols)
RESULT wdAnswer(API(gsWDLibrary, "WebSocketClientConnect", &szName, &szAddress, nPort, &szPath, &szProtocols, wdMilliseconds(xTimeout)))

PROCEDURE wdWebSocketClientConnectSSL(LOCAL sName is string, LOCAL sAddress is string, LOCAL nPort is int = 443, LOCAL sPath is string = "/", LOCAL sProtocols is string = "", LOCAL nOptions is int = 0, LOCAL xTimeout = 5000, LOCAL sClientCertificate is string = "") : boolean
// Connects to a WebSocket server with TLS and checks its certificate.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szAddress is ANSI string = wdText(sAddress)
szPath is ANSI string = wdText(sPath)
szProtocols is ANSI string = wdText(sProtocols)
szCertificate is ANSI string = wdText(sClientCertificate)
RESULT wdAnswer(API(gsWDLibrary, "WebSocketClientConnectSSL", &szName, &szAddress, nPort, &szPath, &szProtocols, nOptions, wdMilliseconds(xTimeout), &szCertificate))

PROCEDURE wdSocketStartSSL(LOCAL sName is string, LOCAL nOptions is int = 0, LOCAL xTimeout = 5000, LOCAL sServerName is string = "", LOCAL sClientCertificate is string = "") : boolean
// Puts a connection under TLS after it began in clear, as STARTTLS does.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szServerName is ANSI string = wdText(sServerName)
szCertificate is ANSI string = wdText(sClientCertificate)
RESULT wdAnswer(API(gsWDLibrary, "SocketStartSSL", &szName, nOptions, wdMilliseconds(xTimeout), &szServerName, &szCertificate))

PROCEDURE wdSocketConnectBluetooth(LOCAL sName is string, LOCAL sService is string, LOCAL sDevice is string, LOCAL xTimeout = 5000) : boolean
// Connects to a Bluetooth service, "1" to "30", of the device with that address.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szService is ANSI string = wdText(sService)
szDevice is ANSI string = wdText(sDevice)
RESULT wdAnswer(API(gsWDLibrary, "SocketConnectBluetooth", &szName, &szService, &szDevice, wdMilliseconds(xTimeout)))

PROCEDURE wdSocketConnectInfrared(LOCAL sName is string, LOCAL sService is string) : boolean
// Always refused: no system has infrared sockets any more.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szService is ANSI string = wdText(sService)
RESULT wdAnswer(API(gsWDLibrary, "SocketConnectInfrared", &szName, &szService, WDSOCKET_DEFAULT))

PROCEDURE wdSocketProxy(LOCAL sAddress is string, LOCAL nPort is int = WDSOCKET_DEFAULT, LOCAL sLogin is string = "", LOCAL sPassword is string = "") : boolean
// All connections made later go through a proxy: "socks5://host", "socks5h://", "socks4a://", "http://" or "https://"; "environment:" for those that the environment names; "" ends that.
IF NOT wdLoad() THEN RESULT False
szAddress is ANSI string = wdText(sAddress)
szLogin is ANSI string = wdText(sLogin)
szPassword is ANSI string = wdText(sPassword)
RESULT wdAnswer(API(gsWDLibrary, "SocketProxy", &szAddress, nPort, &szLogin, &szPassword))

// Procedures: messages

PROCEDURE wdSocketRead(LOCAL sName is string, LOCAL bUndefinedWait is boolean = True, LOCAL xTimeout = 1000, LOCAL nMaxBytes is int = 4096, LOCAL xIdle = 0) : Buffer
// The next message, whole whatever its size; the largest number of bytes counts in the modes without frames alone.
// With an idle time, the read ends as well once nothing at all has arrived for so long.
// Empty where none came: wdSocketErrorCode() is then WDSOCKET_ERR_TIMEOUT, or WDSOCKET_ERR_CLOSED once the peer has left.
bufMessage is Buffer
IF NOT wdLoad() THEN RESULT bufMessage
szName is ANSI string = wdText(sName)
nWait is int = 0
IF bUndefinedWait THEN nWait = 1
nTimeout is int = wdMilliseconds(xTimeout)
nIdle is int = wdMilliseconds(xIdle)
IF nIdle <> 0 THEN gbWDIdle = True
IF gbWDIdle THEN API(gsWDLibrary, "SocketSetOption", &szName, wdSocketReadIdle, nIdle)
nRoom is int = nMaxBytes
IF nRoom < 1 THEN nRoom = 4096
nLength is system int
LOOP
	bufMessage = wdRoom(nRoom)
	nLength = API(gsWDLibrary, "SocketRead", &szName, nWait, nTimeout, &bufMessage, nRoom)
	IF nLength >= 0 THEN RESULT Left(bufMessage, nLength)
	IF nLength <> -WDSOCKET_ERR_BUFFER_TOO_SMALL THEN BREAK
	// The message stays in the library: it is read again with room enough
	nLength = API(gsWDLibrary, "SocketPending", &szName)
	IF nLength < 0 THEN BREAK
	IF nLength > nRoom THEN nRoom = nLength
END
wdFail()
bufMessage = ""
RESULT bufMessage

PROCEDURE wdSocketWrite(LOCAL sName is string, LOCAL bufMessage is Buffer, LOCAL sAddress is string = "", LOCAL nPort is int = WDSOCKET_DEFAULT) : boolean
// Sends a message; with an address, from a UDP socket, by default to the last port that it sent to.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
IF sAddress = "" THEN RESULT wdAnswer(API(gsWDLibrary, "SocketWrite", &szName, &bufMessage, Length(bufMessage)))
szAddress is ANSI string = wdText(sAddress)
RESULT wdAnswer(API(gsWDLibrary, "SocketWriteTo", &szName, &bufMessage, Length(bufMessage), &szAddress, nPort))

PROCEDURE wdSocketChangeTransmissionMode(LOCAL sName is string, LOCAL nMode is int, LOCAL sTag is ANSI string = "") : boolean
// wdSocketSize, wdSocketEndTag, wdSocketEndTagBuffer or wdSocketNoEndTag; without a tag, that of WLanguage.
// Frames of other machines are wdSocketBinarySize, wdSocketFixedSize with a tag as long as each message, wdSocketLine, wdSocketExactSize.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
IF sTag = "" THEN RESULT wdAnswer(API(gsWDLibrary, "SocketChangeTransmissionMode", &szName, nMode, Null, 0))
RESULT wdAnswer(API(gsWDLibrary, "SocketChangeTransmissionMode", &szName, nMode, &sTag, Length(sTag)))

PROCEDURE wdSocketFromDescriptor(LOCAL sName is string, LOCAL nDescriptor is int) : boolean
// Takes over a socket that another part of the program made. Not on Windows.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketFromDescriptor", &szName, nDescriptor))

PROCEDURE wdSocketDescriptor(LOCAL sName is string) : int
// The descriptor of a socket, for options of the system, or a negative number.
IF NOT wdLoad() THEN RESULT -WDSOCKET_ERR_NO_LIBRARY
szName is ANSI string = wdText(sName)
RESULT wdNumber(API(gsWDLibrary, "SocketDescriptor", &szName))

PROCEDURE wdSocketFlush(LOCAL sName is string) : boolean
// Sends what wdSocketGather holds of what was written, and waits until the system has it.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketFlush", &szName))

PROCEDURE wdSocketPending(LOCAL sName is string) : int
// The size of the message that can be read without waiting; 0 for none yet.
IF NOT wdLoad() THEN RESULT -WDSOCKET_ERR_NO_LIBRARY
szName is ANSI string = wdText(sName)
RESULT wdNumber(API(gsWDLibrary, "SocketPending", &szName))

// Procedures: who and where

PROCEDURE wdSocketClientInfo(LOCAL sName is string, LOCAL nInfo is int = wdSocketAddress) : string
// The address or the port of the peer.
IF NOT wdLoad() THEN RESULT ""
szName is ANSI string = wdText(sName)
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "SocketClientInfo", &szName, nInfo, &bufText, 1024)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketLocalInfo(LOCAL sName is string, LOCAL nInfo is int = wdSocketAddress) : string
// This machine's address or port of a socket, or how it does; with "" for its name the sums of the process.
IF NOT wdLoad() THEN RESULT ""
szName is ANSI string = wdText(sName)
bufText is Buffer = wdRoom(1024)
IF sName = "" THEN RESULT wdTold(bufText, API(gsWDLibrary, "SocketLocalInfo", Null, nInfo, &bufText, 1024))
nLength is system int = API(gsWDLibrary, "SocketLocalInfo", &szName, nInfo, &bufText, 1024)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketSSLInfo(LOCAL sName is string, LOCAL nInfo is int = wdSSLProtocol) : string
// What a TLS connection was agreed to be, and who the peer is.
IF NOT wdLoad() THEN RESULT ""
szName is ANSI string = wdText(sName)
bufText is Buffer = wdRoom(65536)
nLength is system int = API(gsWDLibrary, "SocketSSLInfo", &szName, nInfo, &bufText, 65536)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketExist(LOCAL sName is string) : boolean
// True from the creation to wdSocketClose, whatever became of the peer.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketExist", &szName))

PROCEDURE wdSocketConnected(LOCAL sName is string) : boolean
// Whether the peer is still there, as far as the system knows now.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketConnected", &szName))

PROCEDURE wdNetIPAddress(LOCAL sMachine is string = "", LOCAL nIndex is int = 0) : string
// An address of a machine, the first one with index 0; empty behind the last.
IF NOT wdLoad() THEN RESULT ""
szMachine is ANSI string = wdText(sMachine)
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "NetIPAddress", &szMachine, nIndex, &bufText, 1024)
RESULT wdTold(bufText, nLength)

PROCEDURE wdNetMachineName() : string
// The name of this machine.
IF NOT wdLoad() THEN RESULT ""
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "NetMachineName", &bufText, 1024)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketId(LOCAL sName is string) : int
// The number of a socket.
IF NOT wdLoad() THEN RESULT -WDSOCKET_ERR_NO_LIBRARY
szName is ANSI string = wdText(sName)
RESULT wdNumber(API(gsWDLibrary, "SocketId", &szName))

PROCEDURE wdSocketName(LOCAL nId is int) : string
// The name of the socket that has this number.
IF NOT wdLoad() THEN RESULT ""
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "SocketName", nId, &bufText, 1024)
RESULT wdTold(bufText, nLength)

// Procedures: the end

PROCEDURE wdSocketClose(LOCAL sName is string) : boolean
// Closes a socket and ends what waits on it in other threads. False, and no error, where there is none.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketClose", &szName))

PROCEDURE wdSocketCancel(LOCAL sName is string) : boolean
// Ends what waits on a socket in other threads; the socket goes on.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketCancel", &szName))

PROCEDURE wdSocketCloseAll() : int
// Closes every socket of the program and tells how many there were.
IF NOT wdLoad() THEN RESULT 0
RESULT wdNumber(API(gsWDLibrary, "SocketCloseAll"))

PROCEDURE wdSocketShutdown(LOCAL sName is string) : boolean
// Ends the sending half of a connection; reading goes on.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketShutdown", &szName))

// Procedures: options

PROCEDURE wdSocketConfigure(LOCAL nMode is int, LOCAL nValue is int) : boolean
// wdSocketConfigureMode is always wdSocketModeOpenSSL.
IF NOT wdLoad() THEN RESULT False
RESULT wdAnswer(API(gsWDLibrary, "SocketConfigure", nMode, nValue))

PROCEDURE wdSocketSetOption(LOCAL sName is string, LOCAL nOption is int, LOCAL nValue is int) : boolean
// An option of a socket; an empty name sets it for all sockets made later.
IF NOT wdLoad() THEN RESULT False
IF sName = "" THEN RESULT wdAnswer(API(gsWDLibrary, "SocketSetOption", Null, nOption, nValue))
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketSetOption", &szName, nOption, nValue))

PROCEDURE wdSocketGetOption(LOCAL sName is string, LOCAL nOption is int) : int
// The value of an option.
IF NOT wdLoad() THEN RESULT -WDSOCKET_ERR_NO_LIBRARY
IF sName = "" THEN RESULT wdNumber(API(gsWDLibrary, "SocketGetOption", Null, nOption))
szName is ANSI string = wdText(sName)
RESULT wdNumber(API(gsWDLibrary, "SocketGetOption", &szName, nOption))

PROCEDURE wdSocketSetText(LOCAL sName is string, LOCAL nOption is int, LOCAL sText is string) : boolean
// A text option, such as wdSSLCaFile: of the next socket of that name, or of all sockets made later where the name is empty.
IF NOT wdLoad() THEN RESULT False
szText is ANSI string = wdText(sText)
IF sName = "" THEN RESULT wdAnswer(API(gsWDLibrary, "SocketSetText", Null, nOption, &szText))
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketSetText", &szName, nOption, &szText))

PROCEDURE wdSocketJoinGroup(LOCAL sName is string, LOCAL sGroup is string, LOCAL sNetwork is string = "") : boolean
// Makes a UDP socket receive what is sent to a multicast group.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szGroup is ANSI string = wdText(sGroup)
szNetwork is ANSI string = wdText(sNetwork)
RESULT wdAnswer(API(gsWDLibrary, "SocketJoinGroup", &szName, &szGroup, &szNetwork))

PROCEDURE wdSocketLeaveGroup(LOCAL sName is string, LOCAL sGroup is string, LOCAL sNetwork is string = "") : boolean
// Ends what wdSocketJoinGroup began.
IF NOT wdLoad() THEN RESULT False
szName is ANSI string = wdText(sName)
szGroup is ANSI string = wdText(sGroup)
szNetwork is ANSI string = wdText(sNetwork)
RESULT wdAnswer(API(gsWDLibrary, "SocketLeaveGroup", &szName, &szGroup, &szNetwork))

// Procedures: one wait for many sockets

PROCEDURE wdSocketWatch(LOCAL sWatch is string) : boolean
// Creates a watch; wdSocketClose ends it and leaves its sockets open.
IF NOT wdLoad() THEN RESULT False
szWatch is ANSI string = wdText(sWatch)
RESULT wdAnswer(API(gsWDLibrary, "SocketWatch", &szWatch))

PROCEDURE wdSocketWatchAdd(LOCAL sWatch is string, LOCAL sName is string) : boolean
// Adds a socket to a watch.
IF NOT wdLoad() THEN RESULT False
szWatch is ANSI string = wdText(sWatch)
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketWatchAdd", &szWatch, &szName))

PROCEDURE wdSocketWatchRemove(LOCAL sWatch is string, LOCAL sName is string) : boolean
// Takes a socket out of a watch.
IF NOT wdLoad() THEN RESULT False
szWatch is ANSI string = wdText(sWatch)
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketWatchRemove", &szWatch, &szName))

PROCEDURE wdSocketWatchWait(LOCAL sWatch is string, LOCAL xTimeout = 1000) : string
// The name of a socket whose next read, or wdSocketAccept, would not wait; each in its turn. Empty where the time is over.
IF NOT wdLoad() THEN RESULT ""
szWatch is ANSI string = wdText(sWatch)
nTimeout is int = wdMilliseconds(xTimeout)
nId is int
nCount is system int
LOOP
	nCount = API(gsWDLibrary, "SocketWatchWait", &szWatch, nTimeout, &nId, 1)
	IF nCount < 0 THEN wdFail()
	IF nCount <= 0 THEN RESULT ""
	bufText is Buffer = wdRoom(1024)
	nCount = API(gsWDLibrary, "SocketName", nId, &bufText, 1024)
	// One that another thread has closed in the meantime has no name any more: wait for the next
	IF nCount > 0 THEN RESULT wdTold(bufText, nCount)
END

PROCEDURE wdSocketWatchWritable(LOCAL sWatch is string, LOCAL sName is string) : boolean
// Has wdSocketWatchWait tell a socket of the watch once, when it can be written to.
IF NOT wdLoad() THEN RESULT False
szWatch is ANSI string = wdText(sWatch)
szName is ANSI string = wdText(sName)
RESULT wdAnswer(API(gsWDLibrary, "SocketWatchWritable", &szWatch, &szName))

PROCEDURE wdSocketWatchHandle(LOCAL sWatch is string) : int
// What a loop of another library waits for: a descriptor, or a negative number.
IF NOT wdLoad() THEN RESULT -WDSOCKET_ERR_NO_LIBRARY
szWatch is ANSI string = wdText(sWatch)
RESULT wdNumber(API(gsWDLibrary, "SocketWatchHandle", &szWatch))

PROCEDURE wdSocketWatchMessage(LOCAL sWatch is string, LOCAL nWindow is int, LOCAL nMessage is int) : boolean
// Has a message posted to a window (its Handle) as soon as wdSocketWatchWait would tell something, for Event(); window 0: no more.
IF NOT wdLoad() THEN RESULT False
szWatch is ANSI string = wdText(sWatch)
RESULT wdAnswer(API(gsWDLibrary, "SocketWatchMessage", &szWatch, nWindow, nMessage))

// Procedures: errors and version

PROCEDURE wdSocketErrorCode() : int
// How the last call of this thread went: WDSOCKET_OK or one of WDSOCKET_ERR_.
IF NOT wdLoad() THEN RESULT WDSOCKET_ERR_NO_LIBRARY
nCode is system int = API(gsWDLibrary, "SocketErrorCode")
RESULT nCode

PROCEDURE wdSocketErrorSystem() : int
// What the operating system said of it; 0 where it had no part in it.
IF NOT wdLoad() THEN RESULT 0
nCode is system int = API(gsWDLibrary, "SocketErrorSystem")
RESULT nCode

PROCEDURE wdSocketErrorInfo() : string
// The same as a sentence.
IF NOT wdLoad() THEN RESULT ErrorInfo()
bufText is Buffer = wdRoom(4096)
nLength is system int = API(gsWDLibrary, "SocketErrorInfo", &bufText, 4096)
IF nLength <= 0 THEN RESULT ""
RESULT UTF8ToString(Left(bufText, nLength))

PROCEDURE wdSocketErrorText(LOCAL nCode is int) : string
// What a code means, as a sentence.
IF NOT wdLoad() THEN RESULT ""
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "SocketErrorText", nCode, &bufText, 1024)
RESULT wdTold(bufText, nLength)

PROCEDURE wdSocketVersion() : string
// The versions of the library and of the OpenSSL in it.
IF NOT wdLoad() THEN RESULT ""
bufText is Buffer = wdRoom(1024)
nLength is system int = API(gsWDLibrary, "SocketVersion", &bufText, 1024)
RESULT wdTold(bufText, nLength)

// Procedures that only those above call

PROCEDURE wdLoad() : boolean
// Loads the library at the first call. LoadDLL keeps it: API alone would free it after each call.
IF gsWDLibrary <> "" THEN RESULT True
nLibrary is system int = LoadDLL(wdLibraryWindows)
IF nLibrary <> 0 THEN
	gsWDLibrary = wdLibraryWindows
	RESULT True
END
nLibrary = LoadDLL(wdLibraryLinux)
IF nLibrary <> 0 THEN
	gsWDLibrary = wdLibraryLinux
	RESULT True
END
ErrorThrow(WDSOCKET_ERR_NO_LIBRARY, "The library wdsocket was not found: put wdsocket.dll (Linux: libwdsocket.so) beside the program")
RESULT False

PROCEDURE wdText(LOCAL sText is string) : ANSI string
// Text as the library takes it: UTF-8, so that a name is the same socket in every program.
RESULT StringToUTF8(sText)

PROCEDURE wdRoom(LOCAL nBytes is int) : Buffer
// Memory that the library may write into.
RESULT RepeatString(Charact(0), nBytes)

PROCEDURE wdMilliseconds(LOCAL xTime) : int
// A time is a number of milliseconds or a duration such as 5 s.
IF TypeVar(xTime) <> wlDuration THEN RESULT xTime
duTime is Duration = xTime
RESULT (((duTime..Day * 24 + duTime..Hour) * 60 + duTime..Minute) * 60 + duTime..Second) * 1000 + duTime..Millisecond

PROCEDURE wdAnswer(LOCAL nResult is system int) : boolean
// The result of a function that says yes or no.
IF nResult = 1 THEN RESULT True
wdFail()
RESULT False

PROCEDURE wdNumber(LOCAL nResult is system int) : int
// The result of a function that gives a number.
IF nResult < 0 THEN wdFail()
RESULT nResult

PROCEDURE wdTold(LOCAL bufText is Buffer, LOCAL nLength is system int) : string
// The result of a function that gives a text.
IF nLength >= 0 THEN RESULT UTF8ToString(Left(bufText, nLength))
wdFail()
RESULT ""

PROCEDURE wdFail()
// Makes the library's last error the one that ErrorInfo() tells; not where a time is over or all went well.
nCode is int = wdSocketErrorCode()
IF nCode = WDSOCKET_OK THEN RETURN
IF nCode = WDSOCKET_ERR_TIMEOUT THEN RETURN
ErrorThrow(nCode, wdSocketErrorInfo())
