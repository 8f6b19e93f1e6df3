// An echo of 64 bytes: bench PORT ROUNDS. For Free Pascal on Linux.
program bench;

{$APPTYPE CONSOLE}

uses
  BaseUnix, Sockets, SysUtils, Linux, UnixType, wdsocket, wdsockets;

// Nanoseconds.
function Now: Int64;
var
  Moment: TTimeSpec;
begin
  clock_gettime(CLOCK_MONOTONIC, @Moment);
  Result := Int64(Moment.tv_sec) * 1000000000 + Moment.tv_nsec;
end;

var
  Port, Rounds, Turn, Round, Own, Yes: Integer;
  Address: TInetSockAddr;
  Data: RawByteString;
  Answer: array[0..63] of Byte;
  Start: Int64;
  Each: Double;
  Best: array[0..1] of Double = (1e9, 1e9);
begin
  Port := StrToInt(ParamStr(1));
  Rounds := StrToInt(ParamStr(2));
  Data := StringOfChar(AnsiChar('x'), 64);
  Yes := 1;
  FillChar(Address, SizeOf(Address), 0);
  Address.sin_family := AF_INET;
  Address.sin_port := htons(Port);
  Address.sin_addr := StrToNetAddr('127.0.0.1');
  Own := fpSocket(AF_INET, SOCK_STREAM, 0);
  if fpConnect(Own, @Address, SizeOf(Address)) <> 0 then Halt(1);
  fpSetSockOpt(Own, IPPROTO_TCP, TCP_NODELAY, @Yes, SizeOf(Yes));
  Must(SocketConnect('echo', Port, '127.0.0.1', WDSOCKET_DEFAULT));
  Must(SocketChangeTransmissionMode('echo', SocketNoEndTag, nil, 0));
  for Turn := 0 to 9 do
  begin
    Start := Now;
    for Round := 1 to Rounds do
      if Turn mod 2 = 0 then
      begin
        fpSend(Own, PAnsiChar(Data), Length(Data), 0);
        fpRecv(Own, @Answer, SizeOf(Answer), 0);
      end
      else
      begin
        WriteMessage('echo', Data);
        ReadMessage('echo', True, WDSOCKET_DEFAULT);
      end;
    Each := (Now - Start) / 1000 / Rounds;
    if Each < Best[Turn mod 2] then Best[Turn mod 2] := Each;
  end;
  WriteLn('own ', Best[0]:0:1, ', wdsocket ', Best[1]:0:1);
end.
