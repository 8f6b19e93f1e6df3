{ wdsocket for Free Pascal and Delphi: the calls that hand out text or bytes as strings, and failures as exceptions.
  All else is called as wdsocket.pas declares it: Must(SocketConnect('till', 5000, '192.0.2.7', WDSOCKET_DEFAULT)). }
unit wdsockets;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}

interface

uses
  SysUtils, wdsocket;

type
  { A failure. Message is the library's sentence, Code one of WDSOCKET_ERR_... }
  EWDSocket = class(Exception)
  public
    Code: Integer;
  end;

// Raises EWDSocket unless a yes/no function said 1.
procedure Must(Answer: NativeInt);
// Raises EWDSocket if a length, an id or a count is -code; else gives it.
function Count(Answer: NativeInt): Integer;
// The sentence about the last call of this thread.
function ErrorText: UTF8String;

// SocketRead: one whole message, its zeros and all. One that is larger than Capacity is read all the same.
function ReadMessage(const Name: UTF8String; UndefinedWait: Boolean; Timeout: Integer; Capacity: Integer = 65536): RawByteString;
// SocketWrite: the bytes of the string, its zeros and all.
procedure WriteMessage(const Name: UTF8String; const Data: RawByteString);
// SocketAccept: the name of the new channel.
function AcceptClient(const Server: UTF8String): UTF8String;
// SocketLocalInfo, SocketClientInfo, SocketSSLInfo.
function LocalInfo(const Name: UTF8String; Info: Integer): UTF8String;
function ClientInfo(const Name: UTF8String; Info: Integer): UTF8String;
function SSLInfo(const Name: UTF8String; Info: Integer): UTF8String;

implementation

function ErrorText: UTF8String;
var
  Buffer: array[0..4095] of AnsiChar;
begin
  SocketErrorInfo(@Buffer, SizeOf(Buffer));
  Result := UTF8String(PAnsiChar(@Buffer));
end;

procedure Fail;
var
  Failure: EWDSocket;
begin
  Failure := EWDSocket.Create(string(ErrorText));
  Failure.Code := SocketErrorCode;
  raise Failure;
end;

procedure Must(Answer: NativeInt);
begin
  if Answer <> 1 then Fail;
end;

function Count(Answer: NativeInt): Integer;
begin
  if Answer < 0 then Fail;
  Result := Answer;
end;

// C would take the name up to its zero, which may be another socket's.
function Named(const Name: UTF8String): PAnsiChar;
var
  Failure: EWDSocket;
begin
  if Pos(#0, Name) > 0 then
  begin
    Failure := EWDSocket.Create('a name holds a zero');
    Failure.Code := WDSOCKET_ERR_INVALID_ARGUMENT;
    raise Failure;
  end;
  Result := PAnsiChar(Name);
end;

function ReadMessage(const Name: UTF8String; UndefinedWait: Boolean; Timeout: Integer; Capacity: Integer): RawByteString;
var
  Room: array[0..65535] of AnsiChar;
  Answer: NativeInt;
begin
  if Capacity <= SizeOf(Room) then
  begin
    // A string of 64 KiB that is made and shortened costs more than a small message.
    Answer := SocketRead(Named(Name), Ord(UndefinedWait), Timeout, @Room, Capacity);
    if Answer >= 0 then SetString(Result, PAnsiChar(@Room), Answer);
  end
  else
  begin
    SetLength(Result, Capacity);
    Answer := SocketRead(Named(Name), Ord(UndefinedWait), Timeout, PAnsiChar(Result), Length(Result));
  end;
  while Answer = -WDSOCKET_ERR_BUFFER_TOO_SMALL do
  begin
    // The message has stayed; now its size is known.
    SetLength(Result, Count(SocketPending(Named(Name))));
    Answer := SocketRead(Named(Name), Ord(UndefinedWait), Timeout, PAnsiChar(Result), Length(Result));
  end;
  SetLength(Result, Count(Answer));
  // Else a text would be taken for one in the machine's own code page where it becomes a string.
  SetCodePage(Result, CP_UTF8, False);
end;

procedure WriteMessage(const Name: UTF8String; const Data: RawByteString);
begin
  Must(SocketWrite(Named(Name), PAnsiChar(Data), Length(Data)));
end;

type
  TInfo = function(Name: PAnsiChar; Info: Integer; Buffer: PAnsiChar; Capacity: Integer): NativeInt;
    {$IFDEF WIN32}stdcall{$ELSE}cdecl{$ENDIF};

function Told(Call: TInfo; const Name: UTF8String; Info: Integer): UTF8String;
var
  Buffer: array[0..4095] of AnsiChar;
begin
  Count(Call(Named(Name), Info, @Buffer, SizeOf(Buffer)));
  Result := UTF8String(PAnsiChar(@Buffer));
end;

function AcceptClient(const Server: UTF8String): UTF8String;
var
  Buffer: array[0..255] of AnsiChar;
begin
  Count(SocketAccept(Named(Server), @Buffer, SizeOf(Buffer)));
  Result := UTF8String(PAnsiChar(@Buffer));
end;

function LocalInfo(const Name: UTF8String; Info: Integer): UTF8String;
begin
  Result := Told(SocketLocalInfo, Name, Info);
end;

function ClientInfo(const Name: UTF8String; Info: Integer): UTF8String;
begin
  Result := Told(SocketClientInfo, Name, Info);
end;

function SSLInfo(const Name: UTF8String; Info: Integer): UTF8String;
begin
  Result := Told(SocketSSLInfo, Name, Info);
end;

end.
