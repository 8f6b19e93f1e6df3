{ demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
  demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
  demo mistakes PORT                    what goes wrong first, and what the answer is }
program demo;

{$IFDEF FPC}{$MODE DELPHI}{$CODEPAGE UTF8}{$ENDIF}
{$APPTYPE CONSOLE}

uses
  {$IFDEF UNIX}cthreads,{$ENDIF} Classes, SysUtils, wdsocket, wdsockets;

function Answer(const Name: UTF8String): UTF8String;
begin
  WriteMessage(Name, UTF8String('Zoë'));
  Answer := ReadMessage(Name, False, 20000);
end;

procedure Client;
begin
  Must(SocketConnect('clear', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  WriteLn('client: ', Answer('clear'));
  Must(SocketSetText('secure', SSLCaFile, PAnsiChar(AnsiString(ParamStr(4)))));
  Must(SocketConnectSSL('secure', StrToInt(ParamStr(3)), 'localhost', 0, 20000, nil));
  WriteLn('TLS: ', SSLInfo('secure', SSLProtocol), ' ', Answer('secure'));
  // One that does not know who signed the certificate.
  try
    Must(SocketConnectSSL('stranger', StrToInt(ParamStr(3)), 'localhost', 0, 20000, nil));
  except
    on E: EWDSocket do WriteLn('not trusted: ', E.Code, ' ', E.Message);
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
  for I := 1 to 3 do WriteMessage('shared', 'message');
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
  while Reader.Messages < 3 do Sleep(10);
  TCloser.Create(False).WaitFor;
  Reader.WaitFor;
  WriteLn('threads: ', Reader.Messages, ' messages, then ', Reader.Code);
end;

procedure LeaveWithAReader;
begin
  Must(SocketConnect('shared', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  TReader.Create(False);
  Sleep(300);
  WriteLn('leaving with a thread inside SocketRead');
end;

procedure Tried(const Title: string; Answer: NativeInt);
begin
  try
    Must(Answer);
    WriteLn(Title, ': no error');
  except
    on E: EWDSocket do WriteLn(Title, ': ', E.Message);
  end;
end;

// What goes wrong first, with a server that greets.
procedure Mistakes;
begin
  Must(SocketConnect('till', StrToInt(ParamStr(2)), '127.0.0.1', 20000));
  WriteMessage('till', UTF8String('Grüße'));
  WriteLn('accents: ', ReadMessage('till', False, 20000));
  WriteMessage('till', 'a'#0'b');
  WriteLn('zero inside: ', Length(ReadMessage('till', False, 20000)), ' bytes');
  WriteMessage('till', RawByteString(StringOfChar(AnsiChar('x'), 65536)));
  WriteLn('large: ', Length(ReadMessage('till', False, 20000)));
  try
    WriteMessage('ti'#0'll', 'x');
  except
    on E: EWDSocket do WriteLn('zero in a name: ', E.Message);
  end;
  Tried('blank behind a name', SocketWrite('till ', PAnsiChar('x'), 1));
  Tried('wrong port', SocketConnect('other', 1, '127.0.0.1', 20000));
  Tried('no port', SocketConnect('other', 70000, '127.0.0.1', 20000));
end;

begin
  try
    if ParamStr(1) = 'talk' then
    begin
      Client;
      Threads;
      LeaveWithAReader;
    end
    else if ParamStr(1) = 'serve' then Server
    else if ParamStr(1) = 'mistakes' then Mistakes
    else Halt(2);
  except
    on E: EWDSocket do
    begin
      WriteLn(E.Message);
      Halt(1);
    end;
  end;
end.
