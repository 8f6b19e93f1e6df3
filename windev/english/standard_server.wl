// A standard server: a channel and a thread for each client; what one client says goes back to it.
// Start it with ThreadExecute("till", threadNormal, "StandardServer") and end it with wdSocketClose("till").

PROCEDURE StandardServer()
IF NOT wdSocketCreate("till", 4000) THEN
	Trace(ErrorInfo())
	RETURN
END
// Waits for the next client, as long as the server is open
WHILE wdSocketWaitForConnection("till")
	sChannel is string = wdSocketAccept("till")
	IF sChannel <> "" THEN ThreadExecute(sChannel, threadNormal, "ServeClient", sChannel)
END

PROCEDURE ServeClient(LOCAL sChannel is string)
// The life of one client
LOOP
	bufMessage is Buffer = wdSocketRead(sChannel)
	IF wdSocketErrorCode() <> WDSOCKET_OK THEN BREAK
	IF NOT wdSocketWrite(sChannel, bufMessage) THEN BREAK
END
wdSocketClose(sChannel)
