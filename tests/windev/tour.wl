// Calls every procedure of the module. Each line that is shown says right or wrong, and of what.

PROCEDURE Check(LOCAL sWhat is string, LOCAL bHolds is boolean)
IF bHolds THEN
	Trace("right: " + sWhat)
ELSE
	Trace("wrong: " + sWhat + ": " + wdSocketErrorInfo())
END

// Whether the last call failed with this code, and ErrorInfo() and wdSocketErrorInfo() say the same of it
PROCEDURE Failed(LOCAL nCode is int) : boolean
IF wdSocketErrorCode() <> nCode THEN RESULT False
IF ErrorInfo() = "" THEN RESULT False
RESULT ErrorInfo() = wdSocketErrorInfo()

PROCEDURE Port(LOCAL sName is string) : int
RESULT Val(wdSocketLocalInfo(sName, wdSocketPort))

PROCEDURE NoLibrary()
Check("the library is missing", NOT wdSocketCreate("till", 0, "127.0.0.1"))
Check("which is told", wdSocketErrorCode() = WDSOCKET_ERR_NO_LIBRARY AND ErrorInfo() <> "")
Check("as a number, too", wdSocketPending("till") = -WDSOCKET_ERR_NO_LIBRARY)

PROCEDURE WriteLater(LOCAL sName is string)
// Nobody connects: this only waits
wdSocketWaitForConnection("till", 200)
wdSocketWrite(sName, "late")

PROCEDURE Tour()
// A server, a client and its channel
Check("create", wdSocketCreate("till", 0, "127.0.0.1"))
Check("a name twice", NOT wdSocketCreate("till", 0, "127.0.0.1"))
Check("and its error", Failed(WDSOCKET_ERR_NAME_IN_USE))
nPort is int = Port("till")
Check("nobody waits", NOT wdSocketWaitForConnection("till", 20 ms))
Check("which is no error", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT AND ErrorInfo() <> wdSocketErrorInfo())
Check("nobody to accept", wdSocketAccept("till") = "")
Check("and its error", Failed(WDSOCKET_ERR_NO_CONNECTION))
Check("connect", wdSocketConnect("clé", nPort, "127.0.0.1", 5 s))
Check("a name with an accent", wdSocketName(wdSocketId("clé")) = "clé")
Check("wait", wdSocketWaitForConnection("till"))
sChannel is string = wdSocketAccept("till")
Check("accept", Length(sChannel) = 17)
Check("the peer", wdSocketClientInfo(sChannel) = "127.0.0.1")
Check("its port", wdSocketClientInfo(sChannel, wdSocketPort) = wdSocketLocalInfo("clé", wdSocketPort))

// Times
Check("a number is milliseconds", wdMilliseconds(70) = 70)
Check("so is a duration", wdMilliseconds(20 ms) = 20 AND wdMilliseconds(5 s) = 5000 AND wdMilliseconds(3 h) = 10800000)

// Messages
Check("write", wdSocketWrite("clé", "Hello"))
Check("read", wdSocketRead(sChannel) = "Hello")
Check("write an empty one", wdSocketWrite("clé", ""))
Check("read it", wdSocketRead(sChannel) = "")
Check("it was one", wdSocketErrorCode() = WDSOCKET_OK)
Check("write a large one", wdSocketWrite("clé", RepeatString("x", 100000)))
Check("read it whole", wdSocketRead(sChannel) = RepeatString("x", 100000))
Check("wait for one that is late", ThreadExecute("later", threadNormal, "WriteLater", "clé"))
Check("without limit", wdSocketRead(sChannel, True, 1) = "late")
Check("a limit for silence", wdSocketRead(sChannel, True, 0, 4096, 30 ms) = "")
Check("which is a time that is over", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT)
Check("wait for one that is late", ThreadExecute("later", threadNormal, "WriteLater", "clé"))
Check("the limit was that read's alone", wdSocketRead(sChannel) = "late")
Check("nothing comes", wdSocketRead(sChannel, False, 20) = "")
Check("which is no error", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT)
Check("nothing is pending", wdSocketPending(sChannel) = 0)
Check("the tag CR LF", wdSocketChangeTransmissionMode("clé", wdSocketEndTag, CR))
Check("at the other end", wdSocketChangeTransmissionMode(sChannel, wdSocketEndTagBuffer, CR))
Check("write a line", wdSocketWrite("clé", "one" + CR + "two"))
Check("read a line", wdSocketRead(sChannel, False, 5 s) = "one")
Check("and the other", wdSocketRead(sChannel, False, 5 s) = "two")
Check("no tag is longer than this", NOT wdSocketChangeTransmissionMode("clé", wdSocketEndTag, RepeatString("x", 256)))
Check("the tag of WLanguage", wdSocketChangeTransmissionMode("clé", wdSocketEndTag))
Check("no tag", wdSocketChangeTransmissionMode(sChannel, wdSocketNoEndTag))
Check("write bytes", wdSocketWrite("clé", "12345678"))
Check("read no more than asked for", wdSocketRead(sChannel, False, 5 s, 3) = "123")
Check("the default where that is nonsense", wdSocketRead(sChannel, False, 5 s, -1) <> "")
Check("no mode of that number", NOT wdSocketChangeTransmissionMode(sChannel, 77))
Check("and its error", Failed(WDSOCKET_ERR_INVALID_ARGUMENT))

// Options
Check("set", wdSocketSetOption("clé", wdSocketNagle, 1))
Check("get", wdSocketGetOption("clé", wdSocketNagle) = 1)
Check("set for all", wdSocketSetOption("", wdSocketWriteTimeout, 3000))
Check("get for all", wdSocketGetOption("", wdSocketWriteTimeout) = 3000)
Check("no option of that number", wdSocketGetOption("", 7) = -WDSOCKET_ERR_INVALID_ARGUMENT)
Check("and its error", Failed(WDSOCKET_ERR_INVALID_ARGUMENT))
Check("set a text", wdSocketSetText("bank", wdSSLServerName, "www.example.com"))
Check("set a text for all", wdSocketSetText("", wdSSLServerName, ""))

// The end of a connection
Check("connected", wdSocketConnected("clé"))
Check("flush", wdSocketFlush("clé"))
Check("its descriptor", wdSocketDescriptor("clé") >= 0)
Check("no descriptor", NOT wdSocketFromDescriptor("none", -1))
Check("shut down", wdSocketShutdown("clé"))
Check("then the end", wdSocketRead(sChannel, False, 5 s) = "")
Check("and its error", Failed(WDSOCKET_ERR_CLOSED))
Check("it exists", wdSocketExist(sChannel))
Check("close", wdSocketClose(sChannel))
Check("it is gone", NOT wdSocketExist(sChannel))
Check("close nothing", NOT wdSocketClose(sChannel))
Check("which is no error", wdSocketErrorCode() = WDSOCKET_OK AND ErrorInfo() <> "")

// A client that is sent away, and a watch
Check("connect again", wdSocketConnect("another", nPort, "127.0.0.1"))
Check("a watch", wdSocketWatch("all"))
Check("of the server", wdSocketWatchAdd("all", "till"))
Check("and the client", wdSocketWatchAdd("all", "another"))
Check("a client is there", wdSocketWatchWait("all", 5 s) = "till")
Check("deny", wdSocketDeny("till"))
Check("the client is told", wdSocketWatchWait("all", 5 s) = "another")
Check("no room in what is not watched", NOT wdSocketWatchWritable("all", "nobody"))
Check("and its error", Failed(WDSOCKET_ERR_NOT_FOUND))
Check("take it out", wdSocketWatchRemove("all", "another"))
Check("nothing more", wdSocketWatchWait("all", 20) = "")
Check("end what waits", wdSocketCancel("all") AND wdSocketExist("all"))
Check("what other loops wait for", wdSocketWatchHandle("all") >= 0)
Check("no message to a window that is none", NOT wdSocketWatchMessage("all", 3, 1024))
Check("no such watch", wdSocketWatchWait("none", 20) = "")
Check("and its error", Failed(WDSOCKET_ERR_NOT_FOUND))

// A proxy, and the library for TLS
Check("a proxy that cannot be", NOT wdSocketProxy("ftp://127.0.0.1", 1080, "bob", "secret"))
Check("and its error", Failed(WDSOCKET_ERR_INVALID_ARGUMENT))
Check("a proxy that is none", wdSocketProxy("socks5://127.0.0.1", nPort))
Check("does not answer", NOT wdSocketConnect("far", 4000, "192.0.2.7", 200 ms))
Check("no proxy", wdSocketProxy(""))
Check("OpenSSL", wdSocketConfigure(wdSocketConfigureMode, wdSocketModeOpenSSL))
Check("and nothing else", NOT wdSocketConfigure(wdSocketConfigureMode, wdSocketModeSChannel))
Check("and its error", Failed(WDSOCKET_ERR_NOT_SUPPORTED))

// UDP
Check("a UDP socket", wdSocketCreateUDP("radio", 0, "127.0.0.1"))
Check("send", wdSocketWrite("radio", "who is there?", "127.0.0.1", Port("radio")))
Check("receive", wdSocketRead("radio", False, 5 s) = "who is there?")
Check("send to the same port", wdSocketWrite("radio", "I am", "127.0.0.1"))
Check("receive that", wdSocketRead("radio", False, 5 s) = "I am")
Check("no group", NOT wdSocketJoinGroup("radio", "127.0.0.1"))
Check("and its error", Failed(WDSOCKET_ERR_INVALID_ARGUMENT))
Check("not joined", NOT wdSocketLeaveGroup("radio", "239.1.2.3"))

// TLS, as far as it goes without a certificate
Check("no certificate", NOT wdSocketCreateSSL("bank", 0, "no such file.pem"))
Check("and its error", Failed(WDSOCKET_ERR_CERTIFICATE))
Check("no TLS there", NOT wdSocketConnectSSL("bank", nPort, "127.0.0.1", wdSSLNoVerify, 200 ms))
Check("and its error", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT)
Check("no WebSocket there", NOT wdWebSocketClientConnect("feed", "127.0.0.1", nPort, "/", "", 200 ms))
Check("and its error", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT)
Check("nor one under TLS", NOT wdWebSocketClientConnectSSL("feed", "127.0.0.1", nPort, "/", "", wdSSLNoVerify, 200 ms))
Check("and its error", wdSocketErrorCode() = WDSOCKET_ERR_TIMEOUT)
Check("not under TLS", wdSocketSSLInfo("clé") = "")
Check("and its error", Failed(WDSOCKET_ERR_WRONG_KIND))
Check("no TLS in mid-stream", NOT wdSocketStartSSL("till"))
Check("and its error", Failed(WDSOCKET_ERR_WRONG_KIND))

// Bluetooth, infrared, this machine
Check("a service that cannot be", NOT wdSocketCreateBluetooth("scanner", "99", "never seen"))
Check("a device that cannot be", NOT wdSocketConnectBluetooth("scanner", "3", "nobody"))
Check("no infrared server", NOT wdSocketCreateInfrared("eye", "x"))
Check("and its error", Failed(WDSOCKET_ERR_NOT_SUPPORTED))
Check("no infrared client", NOT wdSocketConnectInfrared("eye", "x"))
Check("an address", wdNetIPAddress("127.0.0.1") = "127.0.0.1")
Check("no other", wdNetIPAddress("127.0.0.1", 1) = "")
Check("this machine", wdNetMachineName() <> "")
Check("what a code means", wdSocketErrorText(WDSOCKET_ERR_CLOSED) <> "")
Check("the version", wdSocketVersion() <> "")
Check("a port that refuses", wdSocketCreate("closed", 0, "127.0.0.1"))
nPort = Port("closed")
wdSocketClose("closed")
Check("refused", NOT wdSocketConnect("closed", nPort, "127.0.0.1"))
Check("by the system", wdSocketErrorSystem() <> 0)
Check("and its error", Failed(WDSOCKET_ERR_REFUSED))
Check("close all", wdSocketCloseAll() >= 4)
Check("none is left", NOT wdSocketExist("till"))
