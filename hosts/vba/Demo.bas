Attribute VB_Name = "Demo"
' A client and a server, in clear and under TLS. Run Client 4000, 4001, "C:\certs\ca.pem" in the immediate window.
Option Explicit

Public Sub Client(ByVal port As Long, ByVal securePort As Long, ByVal trusted As String)
    Must SocketConnect(StrPtr("till"), port, StrPtr("127.0.0.1"), 20000)
    WriteText "till", "Zo" & ChrW$(235)
    Debug.Print "client: " & ReadText("till", False, 20000)
    Must SocketSetText(StrPtr("bank"), SSLCaFile, StrPtr(trusted))
    Must SocketConnectSSL(StrPtr("bank"), securePort, StrPtr("localhost"), 0, 20000, 0)
    WriteText "bank", "Zo" & ChrW$(235)
    Debug.Print "TLS: " & SSLInfo("bank", SSLProtocol) & " " & ReadText("bank", False, 20000)
    ' One that does not know who signed the certificate.
    On Error Resume Next
    Must SocketConnectSSL(StrPtr("stranger"), securePort, StrPtr("localhost"), 0, 20000, 0)
    Debug.Print "not trusted: " & (Err.Number - WdErrorBase) & " " & Err.Description
    SocketCloseAll
End Sub

' Serves one client. Excel does not answer while it waits: the waits are short, with DoEvents between them.
Public Sub Server(ByVal port As Long)
    Dim channel As String, message As String
    Must SocketCreate(StrPtr("server"), port, StrPtr("127.0.0.1"))
    Do While SocketWaitForConnection(StrPtr("server"), 50) = 0
        If SocketErrorCode() <> WDSOCKET_ERR_TIMEOUT Then Must 0
        DoEvents
    Loop
    channel = AcceptClient("server")
    message = ReadText(channel, False, 20000)
    WriteText channel, "Welcome, " & message & "!"
    SocketCloseAll
End Sub

' What goes wrong first, over a connection with itself.
Public Sub Mistakes()
    Dim channel As String, data() As Byte
    Must SocketCreate(StrPtr("server"), 0, StrPtr("127.0.0.1"))
    Must SocketConnect(StrPtr("client"), CLng(LocalInfo("server", SocketPort)), StrPtr("127.0.0.1"), 20000)
    channel = AcceptClient("server")
    WriteText "client", "Li" & ChrW$(232) & "ge, 10 " & ChrW$(8364)
    Debug.Print "accents: " & ReadText(channel, False, 20000)
    WriteText "client", "a" & vbNullChar & "b"
    data = ReadBytes(channel, False, 20000)
    Debug.Print "zero inside: " & (UBound(data) + 1) & " bytes"
    On Error Resume Next
    Must SocketConnect(StrPtr("other"), 70000, StrPtr("127.0.0.1"), 5000)
    Debug.Print "no port: " & Err.Description
    Err.Clear
    WriteText "client   ", "x"
    Debug.Print "blank behind a name: " & Err.Description
    SocketCloseAll
End Sub
