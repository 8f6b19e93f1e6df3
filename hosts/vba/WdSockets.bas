Attribute VB_Name = "WdSockets"
' wdsocket for VBA (32 and 64 bits) and VB6: texts as String, messages as Byte() or as String in UTF-8, failures as
' errors of VBA. All else is called as wdsocket.bas declares it, a text as StrPtr(text):
'     Must SocketConnect(StrPtr("till"), 5000, StrPtr("192.0.2.7"), WDSOCKET_DEFAULT)
Option Explicit

' An error's number is this and the code, one of WDSOCKET_ERR_...; its Description is the library's sentence.
Public Const WdErrorBase As Long = vbObjectError + 1000

#If VBA7 Then
Private Declare PtrSafe Function MultiByteToWideChar Lib "kernel32" (ByVal page As Long, ByVal flags As Long, _
    ByVal text As LongPtr, ByVal size As Long, ByVal wide As LongPtr, ByVal room As Long) As Long
Private Declare PtrSafe Function WideCharToMultiByte Lib "kernel32" (ByVal page As Long, ByVal flags As Long, _
    ByVal wide As LongPtr, ByVal length As Long, ByVal text As LongPtr, ByVal room As Long, _
    ByVal unknown As LongPtr, ByVal used As LongPtr) As Long
#Else
Private Declare Function MultiByteToWideChar Lib "kernel32" (ByVal page As Long, ByVal flags As Long, _
    ByVal text As Long, ByVal size As Long, ByVal wide As Long, ByVal room As Long) As Long
Private Declare Function WideCharToMultiByte Lib "kernel32" (ByVal page As Long, ByVal flags As Long, _
    ByVal wide As Long, ByVal length As Long, ByVal text As Long, ByVal room As Long, _
    ByVal unknown As Long, ByVal used As Long) As Long
#End If

Private Const Utf8 As Long = 65001

' Raises the library's error unless a yes/no function said 1.
Public Sub Must(ByVal answer As Variant)
    If answer <> 1 Then Fail
End Sub

' Raises the library's error if a length, an id or a count is -code; else gives it.
Public Function Counted(ByVal answer As Variant) As Long
    If answer < 0 Then Fail
    Counted = CLng(answer)
End Function

Private Sub Fail()
    Dim code As Long
    code = CLng(SocketErrorCode())
    Err.Raise WdErrorBase + code, "wdsocket", ErrorText()
End Sub

' The sentence about the last call.
Public Function ErrorText() As String
    Dim buffer As String, length As Long
    buffer = Space$(4095)
    length = CLng(SocketErrorInfo(StrPtr(buffer), 4096))
    If length > 0 Then ErrorText = Left$(buffer, length)
End Function

' SocketRead: one whole message. An empty one has UBound -1.
Public Function ReadBytes(ByVal name As String, ByVal undefinedWait As Boolean, ByVal timeout As Long, _
        Optional ByVal capacity As Long = 65536) As Byte()
    Dim buffer() As Byte, length As Long
    ReDim buffer(0 To capacity - 1)
    length = Counted(SocketRead(StrPtr(name), IIf(undefinedWait, 1, 0), timeout, VarPtr(buffer(0)), capacity))
    If length = 0 Then
        ReadBytes = vbNullString
        Exit Function
    End If
    ReDim Preserve buffer(0 To length - 1)
    ReadBytes = buffer
End Function

' SocketRead: one whole message that is text, in UTF-8.
Public Function ReadText(ByVal name As String, ByVal undefinedWait As Boolean, ByVal timeout As Long) As String
    Dim buffer() As Byte, length As Long, size As Long
    buffer = ReadBytes(name, undefinedWait, timeout)
    size = UBound(buffer) + 1
    If size = 0 Then Exit Function
    length = MultiByteToWideChar(Utf8, 0, VarPtr(buffer(0)), size, 0, 0)
    ReadText = Space$(length)
    MultiByteToWideChar Utf8, 0, VarPtr(buffer(0)), size, StrPtr(ReadText), length
End Function

' SocketWrite: the bytes of the array.
Public Sub WriteBytes(ByVal name As String, data() As Byte)
    Must SocketWrite(StrPtr(name), VarPtr(data(LBound(data))), UBound(data) - LBound(data) + 1)
End Sub

' SocketWrite: the text in UTF-8, its zeros and all.
Public Sub WriteText(ByVal name As String, ByVal text As String)
    Dim buffer() As Byte, size As Long
    size = WideCharToMultiByte(Utf8, 0, StrPtr(text), Len(text), 0, 0, 0, 0)
    ReDim buffer(0 To size)
    WideCharToMultiByte Utf8, 0, StrPtr(text), Len(text), VarPtr(buffer(0)), size, 0, 0
    Must SocketWrite(StrPtr(name), VarPtr(buffer(0)), size)
End Sub

' SocketAccept: the name of the new channel.
Public Function AcceptClient(ByVal server As String) As String
    Dim buffer As String, length As Long
    buffer = Space$(255)
    length = Counted(SocketAccept(StrPtr(server), StrPtr(buffer), 256))
    AcceptClient = Left$(buffer, length)
End Function

Public Function LocalInfo(ByVal name As String, ByVal info As Long) As String
    Dim buffer As String, length As Long
    buffer = Space$(4095)
    length = Counted(SocketLocalInfo(StrPtr(name), info, StrPtr(buffer), 4096))
    LocalInfo = Left$(buffer, length)
End Function

Public Function SSLInfo(ByVal name As String, ByVal info As Long) As String
    Dim buffer As String, length As Long
    buffer = Space$(4095)
    length = Counted(SocketSSLInfo(StrPtr(name), info, StrPtr(buffer), 4096))
    SSLInfo = Left$(buffer, length)
End Function
