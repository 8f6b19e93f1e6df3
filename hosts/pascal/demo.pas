{ demo client PORT TLS_PORT TRUSTED.pem | server CERTIFICATE.pem | threads PORT | exit PORT | newcomer }
program demo;

{$IFDEF FPC}{$MODE DELPHI}{$CODEPAGE UTF8}{$ENDIF}
{$APPTYPE CONSOLE}

uses
  {$IFDEF UNIX}cthreads,{$ENDIF} Classes, SysUtils, wdsocket, wdsockets;

procedure Talk(const Name, Title: UTF8String);
begin
  WriteMessage(Name, 'Zo'#$C3#$AB#0'end');
  WriteLn(Title, ': answered with ', Length(ReadMessage(Name, False, 20000)), ' bytes');
end;

procedure Client;
begin
  Must(SocketConnect('clear', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  Talk('clear', 'clear');
  Must(SocketSetText('secure', SSLCaFile, PAnsiChar(AnsiString(ParamStr(4)))));
  Must(SocketConnectSSL('secure', StrToInt(ParamStr(3)), 'localhost', 0, 20000, nil));
  Talk('secure', 'secure');
  WriteLn('protocol: ', SSLInfo('secure', SSLProtocol));
  // One that does not know who signed the certificate.
  try
    Must(SocketConnectSSL('stranger', StrToInt(ParamStr(3)), 'localhost', 0, 20000, nil));
  except
    on E: EWDSocket do WriteLn('refused: ', E.Code, ' ', E.Message);
  end;
end;

procedure Greet(const Server: UTF8String);
var
  Channel: UTF8String;
begin
  Must(SocketWaitForConnection(PAnsiChar(Server), 20000));
  Channel := AcceptClient(Server);
  WriteMessage(Channel, 'Welcome, ' + ReadMessage(Channel, False, 20000) + '!');
  SocketRead(PAnsiChar(Channel), 0, 20000, nil, 0); // until the client has left
  SocketClose(PAnsiChar(Channel));
end;

procedure Server;
begin
  Must(SocketCreate('server', 0, '127.0.0.1'));
  Must(SocketCreateSSL('secure server', 0, PAnsiChar(AnsiString(ParamStr(2))), 0, '127.0.0.1', nil));
  WriteLn(LocalInfo('server', SocketPort), ' ', LocalInfo('secure server', SocketPort));
  Flush(Output);
  Greet('server');
  Greet('secure server');
end;

type
  TReader = class(TThread)
    Messages, Code: Integer;
    procedure Execute; override;
  end;

  TWriter = class(TThread)
    procedure Execute; override;
  end;

  TCloser = class(TThread)
    procedure Execute; override;
  end;

procedure TReader.Execute;
begin
  try
    while True do
    begin
      ReadMessage('shared', True, 0);
      Inc(Messages);
    end;
  except
    on E: EWDSocket do Code := E.Code;
  end;
end;

procedure TWriter.Execute;
var
  I: Integer;
begin
  for I := 1 to 100 do WriteMessage('shared', 'message');
end;

procedure TCloser.Execute;
begin
  SocketClose('shared');
end;

procedure Threads;
var
  Reader: TReader;
  Writer: TWriter;
begin
  Must(SocketConnect('shared', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  Reader := TReader.Create(False);
  Writer := TWriter.Create(False);
  Writer.WaitFor;
  while Reader.Messages < 100 do Sleep(10);
  TCloser.Create(False).WaitFor;
  Reader.WaitFor;
  WriteLn('threads: 100 written, ', Reader.Messages, ' read, the wait ended with ', Reader.Code);
end;

procedure LeaveWithAReader;
begin
  Must(SocketConnect('shared', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  TReader.Create(False);
  Sleep(300);
  WriteLn('leaving');
end;

procedure Try_(const Title: string; Answer: NativeInt);
begin
  try
    Must(Answer);
    WriteLn(Title, ': no error');
  except
    on E: EWDSocket do WriteLn(Title, ': ', E.Code, ' ', E.Message);
  end;
end;

// What goes wrong first, over a connection with itself.
procedure Newcomer;
var
  Channel, Accents: UTF8String;
  Back: RawByteString;
begin
  Must(SocketCreate('server', 0, '127.0.0.1'));
  Must(SocketConnect('client', StrToInt(string(LocalInfo('server', SocketPort))), '127.0.0.1', 20000));
  Channel := AcceptClient('server');
  Accents := 'Liège, café, 10 €';
  WriteMessage('client', Accents);
  Back := ReadMessage(Channel, False, 20000);
  WriteLn('accents: ', Length(Back), ' bytes, the same: ', Back = RawByteString(Accents));
  WriteMessage('client', 'a'#0'b');
  WriteLn('zero: ', Length(ReadMessage(Channel, False, 20000)), ' bytes');
  Try_('port', SocketConnect('other', 70000, '127.0.0.1', 5000));
  Try_('blanks', SocketWrite('client   ', PAnsiChar('x'), 1));
end;

begin
  try
    if ParamStr(1) = 'client' then Client
    else if ParamStr(1) = 'server' then Server
    else if ParamStr(1) = 'threads' then Threads
    else if ParamStr(1) = 'exit' then LeaveWithAReader
    else if ParamStr(1) = 'newcomer' then Newcomer
    else Halt(2);
  except
    on E: EWDSocket do
    begin
      WriteLn(E.Message);
      Halt(1);
    end;
  end;
end.
