// wdsocket for WINDEV and WEBDEV: a set of procedures with WLanguage's own signatures.
//
// WRITTEN FROM THE DOCUMENTATION OF WLANGUAGE AND OF wdsocket, AND NOT RUN: there was no WINDEV at
// hand. Try it with your version before you rely on it, and report what it takes otherwise.
//
// Put these lines into a set of global procedures, and wdsocket.dll (x86 for a 32-bit program, x64
// for a 64-bit one) beside the executable. Each procedure is there with the English prefix and name
// and, below, with the French name. After a failure the procedure returns False (an empty string for
// those that read) and WDS_ErrorInfo() / WDS_ErreurInfo() tells why.
//
// WINDEV's constants are mapped by their names, never by their numbers: SocketSize and the others
// have wdsocket's own numbers here.

CONSTANT
	WDS_LIBRARY = "wdsocket"

	// Times, in milliseconds
	WDS_INFINITE = -1
	WDS_DEFAULT = -2

	// Transmission modes, with wdsocket's numbers
	WDS_EndTag = 0
	WDS_Size = 1
	WDS_EndTagBuffer = 2
	WDS_NoEndTag = 3

	// What WDS_ClientInfo tells
	WDS_Address = 1
	WDS_Port = 2

	// Options of the TLS functions, added together
	WDS_ProtocolTLS1 = 4
	WDS_ProtocolTLS1_1 = 8
	WDS_ProtocolTLS1_2 = 16
	WDS_ProtocolTLS1_3 = 32
	WDS_CertificateName = 64
	WDS_CertificateHash = 128
	WDS_NoVerify = 256

	// The errors that a program tells apart most often
	WDS_ERR_TIMEOUT = 4
	WDS_ERR_CLOSED = 5
	WDS_ERR_LOST = 6
	WDS_ERR_BUFFER_TOO_SMALL = 13

	// The module's own: the library is not there
	WDS_ERR_NO_LIBRARY = 9999
END

GLOBAL
	gnWDSLibrary is int = 0

// Loads the library once. LoadDLL keeps it between the calls of API().
INTERNAL PROCEDURE WDS_Load() : boolean
IF gnWDSLibrary <> 0 THEN RESULT True
gnWDSLibrary = LoadDLL(WDS_LIBRARY)
RESULT gnWDSLibrary <> 0

// A yes/no function's result.
INTERNAL PROCEDURE WDS_Answer(LOCAL nResult is int) : boolean
RESULT nResult = 1

// Text for the library: bytes and a NUL. UTF-8, so that a name is the same in every program.
INTERNAL PROCEDURE WDS_Text(LOCAL sText is string) : Buffer
RESULT StringToUTF8(sText) + Charact(0)

// WINDEV's transmission mode to wdsocket's, by name.
INTERNAL PROCEDURE WDS_Mode(LOCAL nMode is int) : int
SWITCH nMode
	CASE SocketEndTag: RESULT WDS_EndTag
	CASE SocketEndTagBuffer: RESULT WDS_EndTagBuffer
	CASE SocketNoEndTag: RESULT WDS_NoEndTag
	OTHER CASE: RESULT WDS_Size
END

// WINDEV's protocol constants to wdsocket's; without any, TLS 1.2 and 1.3.
INTERNAL PROCEDURE WDS_Protocols(LOCAL nOptions is int) : int
nResult is int = 0
IF BinaryAND(nOptions, ProtocolTLS1) <> 0 THEN nResult += WDS_ProtocolTLS1
IF BinaryAND(nOptions, ProtocolTLS1_1) <> 0 THEN nResult += WDS_ProtocolTLS1_1
IF BinaryAND(nOptions, ProtocolTLS1_2) <> 0 THEN nResult += WDS_ProtocolTLS1_2
IF BinaryAND(nOptions, ProtocolTLS1_3) <> 0 THEN nResult += WDS_ProtocolTLS1_3
IF BinaryAND(nOptions, CertificateName) <> 0 THEN nResult += WDS_CertificateName
IF BinaryAND(nOptions, CertificateHash) <> 0 THEN nResult += WDS_CertificateHash
RESULT nResult

// The code of the last error (0 = none) and its text. They belong to the thread that called.
PROCEDURE WDS_ErrorCode() : int
IF NOT WDS_Load() THEN RESULT WDS_ERR_NO_LIBRARY
RESULT API(WDS_LIBRARY, "SocketErrorCode")

PROCEDURE WDS_ErrorInfo() : string
IF NOT WDS_Load() THEN RESULT "wdsocket.dll was not found: put it beside the executable"
bufText is Buffer on 2048
nLength is int = API(WDS_LIBRARY, "SocketErrorInfo", &bufText, 2048)
IF nLength <= 0 THEN RESULT ""
RESULT UTF8ToString(Left(bufText, nLength))

// Turns the last error into one of WLanguage's: ErrorInfo() tells it, and an automatic procedure
// or a CASE EXCEPTION of the caller handles it.
PROCEDURE WDS_Throw()
ErrorThrow(WDS_ErrorCode(), WDS_ErrorInfo())

// SocketCreate
PROCEDURE WDS_Create(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "") : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
bufAddress is Buffer = WDS_Text(sAddress)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketCreate", &bufName, nPort, &bufAddress))

// SocketCreateSSL
PROCEDURE WDS_CreateSSL(LOCAL sName is string, LOCAL nPort is int, LOCAL sCertificate is string, LOCAL nOptions is int = 0, LOCAL sAddress is string = "", LOCAL sStore is string = "") : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
bufCertificate is Buffer = WDS_Text(sCertificate)
bufAddress is Buffer = WDS_Text(sAddress)
bufStore is Buffer = WDS_Text(sStore)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketCreateSSL", &bufName, nPort, &bufCertificate, WDS_Protocols(nOptions), &bufAddress, &bufStore))

// SocketCreateUDP
PROCEDURE WDS_CreateUDP(LOCAL sName is string, LOCAL nPort is int = 0, LOCAL sAddress is string = "") : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
bufAddress is Buffer = WDS_Text(sAddress)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketCreateUDP", &bufName, nPort, &bufAddress))

// SocketWaitForConnection: the timeout is in milliseconds
PROCEDURE WDS_WaitForConnection(LOCAL sName is string, LOCAL nTimeout is int = 1000) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketWaitForConnection", &bufName, nTimeout))

// SocketAccept: the name of the channel, "" where there is none
PROCEDURE WDS_Accept(LOCAL sName is string) : string
IF NOT WDS_Load() THEN RESULT ""
bufName is Buffer = WDS_Text(sName)
bufChannel is Buffer on 64
nLength is int = API(WDS_LIBRARY, "SocketAccept", &bufName, &bufChannel, 64)
IF nLength < 0 THEN RESULT ""
RESULT Left(bufChannel, nLength)

// SocketDeny
PROCEDURE WDS_Deny(LOCAL sName is string) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketDeny", &bufName))

// SocketConnect: the timeout is in milliseconds
PROCEDURE WDS_Connect(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "", LOCAL nTimeout is int = 20000) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
bufAddress is Buffer = WDS_Text(sAddress)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketConnect", &bufName, nPort, &bufAddress, nTimeout))

// SocketConnectSSL
PROCEDURE WDS_ConnectSSL(LOCAL sName is string, LOCAL nPort is int, LOCAL sAddress is string = "", LOCAL nOptions is int = 0, LOCAL nTimeout is int = 20000, LOCAL sClientCertificate is string = "") : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
bufAddress is Buffer = WDS_Text(sAddress)
bufCertificate is Buffer = WDS_Text(sClientCertificate)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketConnectSSL", &bufName, nPort, &bufAddress, WDS_Protocols(nOptions), nTimeout, &bufCertificate))

// SocketRead: the message; "" with WDS_ErrorCode() <> 0 where none came. A message larger than the
// buffer stays in the library, and is read again with the size that SocketPending tells.
PROCEDURE WDS_Read(LOCAL sName is string, LOCAL bUndefinedWait is boolean = True, LOCAL nTimeout is int = 1000) : Buffer
bufMessage is Buffer
IF NOT WDS_Load() THEN RESULT bufMessage
bufName is Buffer = WDS_Text(sName)
nWait is int = 0
IF bUndefinedWait THEN nWait = 1
nCapacity is int = 4096
nLength is int
LOOP
	bufMessage = RepeatString(Charact(0), nCapacity)
	nLength = API(WDS_LIBRARY, "SocketRead", &bufName, nWait, nTimeout, &bufMessage, nCapacity)
	IF nLength >= 0 THEN RESULT Left(bufMessage, nLength)
	IF nLength <> -WDS_ERR_BUFFER_TOO_SMALL THEN RESULT ""
	nCapacity = API(WDS_LIBRARY, "SocketPending", &bufName)
	IF nCapacity <= 0 THEN RESULT ""
END

// SocketWrite; with an address and a port, the UDP form
PROCEDURE WDS_Write(LOCAL sName is string, LOCAL bufMessage is Buffer, LOCAL sAddress is string = "", LOCAL nPort is int = 0) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
IF sAddress = "" THEN
	RESULT WDS_Answer(API(WDS_LIBRARY, "SocketWrite", &bufName, &bufMessage, Length(bufMessage)))
END
bufAddress is Buffer = WDS_Text(sAddress)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketWriteTo", &bufName, &bufMessage, Length(bufMessage), &bufAddress, nPort))

// SocketChangeTransmissionMode: WINDEV's own constants
PROCEDURE WDS_ChangeTransmissionMode(LOCAL sName is string, LOCAL nMode is int, LOCAL bufTag is Buffer = "") : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
IF bufTag = "" THEN
	RESULT WDS_Answer(API(WDS_LIBRARY, "SocketChangeTransmissionMode", &bufName, WDS_Mode(nMode), Null, 0))
END
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketChangeTransmissionMode", &bufName, WDS_Mode(nMode), &bufTag, Length(bufTag)))

// SocketClientInfo: WDS_Address (default) or WDS_Port
PROCEDURE WDS_ClientInfo(LOCAL sName is string, LOCAL nInfo is int = WDS_Address) : string
IF NOT WDS_Load() THEN RESULT ""
bufName is Buffer = WDS_Text(sName)
bufText is Buffer on 128
nLength is int = API(WDS_LIBRARY, "SocketClientInfo", &bufName, nInfo, &bufText, 128)
IF nLength < 0 THEN RESULT ""
RESULT Left(bufText, nLength)

// SocketExist
PROCEDURE WDS_Exist(LOCAL sName is string) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketExist", &bufName))

// Whether the peer is still there, which SocketExist does not tell
PROCEDURE WDS_Connected(LOCAL sName is string) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketConnected", &bufName))

// SocketClose
PROCEDURE WDS_Close(LOCAL sName is string) : boolean
IF NOT WDS_Load() THEN RESULT False
bufName is Buffer = WDS_Text(sName)
RESULT WDS_Answer(API(WDS_LIBRARY, "SocketClose", &bufName))

// The French names.

PROCEDURE WDS_ErreurCode() : entier
RENVOYER WDS_ErrorCode()

PROCEDURE WDS_ErreurInfo() : chaîne
RENVOYER WDS_ErrorInfo()

// SocketCrée
PROCEDURE WDS_Crée(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "") : booléen
RENVOYER WDS_Create(sNom, nPort, sAdresse)

// SocketCréeSSL
PROCEDURE WDS_CréeSSL(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sCertificat est une chaîne, LOCAL nOptions est un entier = 0, LOCAL sAdresse est une chaîne = "", LOCAL sMagasin est une chaîne = "") : booléen
RENVOYER WDS_CreateSSL(sNom, nPort, sCertificat, nOptions, sAdresse, sMagasin)

// SocketCréeUDP
PROCEDURE WDS_CréeUDP(LOCAL sNom est une chaîne, LOCAL nPort est un entier = 0, LOCAL sAdresse est une chaîne = "") : booléen
RENVOYER WDS_CreateUDP(sNom, nPort, sAdresse)

// SocketAttendConnexion
PROCEDURE WDS_AttendConnexion(LOCAL sNom est une chaîne, LOCAL nDélai est un entier = 1000) : booléen
RENVOYER WDS_WaitForConnection(sNom, nDélai)

// SocketAccepte
PROCEDURE WDS_Accepte(LOCAL sNom est une chaîne) : chaîne
RENVOYER WDS_Accept(sNom)

// SocketRefuse
PROCEDURE WDS_Refuse(LOCAL sNom est une chaîne) : booléen
RENVOYER WDS_Deny(sNom)

// SocketConnecte
PROCEDURE WDS_Connecte(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "", LOCAL nDélai est un entier = 20000) : booléen
RENVOYER WDS_Connect(sNom, nPort, sAdresse, nDélai)

// SocketConnecteSSL
PROCEDURE WDS_ConnecteSSL(LOCAL sNom est une chaîne, LOCAL nPort est un entier, LOCAL sAdresse est une chaîne = "", LOCAL nOptions est un entier = 0, LOCAL nDélai est un entier = 20000, LOCAL sCertificatClient est une chaîne = "") : booléen
RENVOYER WDS_ConnectSSL(sNom, nPort, sAdresse, nOptions, nDélai, sCertificatClient)

// SocketLit
PROCEDURE WDS_Lit(LOCAL sNom est une chaîne, LOCAL bAttenteInfinie est un booléen = Vrai, LOCAL nDélai est un entier = 1000) : Buffer
RENVOYER WDS_Read(sNom, bAttenteInfinie, nDélai)

// SocketEcrit
PROCEDURE WDS_Ecrit(LOCAL sNom est une chaîne, LOCAL bufMessage est un Buffer, LOCAL sAdresse est une chaîne = "", LOCAL nPort est un entier = 0) : booléen
RENVOYER WDS_Write(sNom, bufMessage, sAdresse, nPort)

// SocketChangeModeTransmission
PROCEDURE WDS_ChangeModeTransmission(LOCAL sNom est une chaîne, LOCAL nMode est un entier, LOCAL bufMarque est un Buffer = "") : booléen
RENVOYER WDS_ChangeTransmissionMode(sNom, nMode, bufMarque)

// SocketClientInfo has the same name in both languages.

// SocketExiste
PROCEDURE WDS_Existe(LOCAL sNom est une chaîne) : booléen
RENVOYER WDS_Exist(sNom)

PROCEDURE WDS_Connectée(LOCAL sNom est une chaîne) : booléen
RENVOYER WDS_Connected(sNom)

// SocketFerme
PROCEDURE WDS_Ferme(LOCAL sNom est une chaîne) : booléen
RENVOYER WDS_Close(sNom)
