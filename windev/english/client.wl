// A client: sends one message to a server and shows the answer.
// Start it with Client(), and one of the two servers beside this file before it.

PROCEDURE Client()
IF NOT wdSocketConnect("till", 4000, "127.0.0.1") THEN
	Trace(ErrorInfo())
	RETURN
END
IF NOT wdSocketWrite("till", "Hello") THEN Trace(ErrorInfo())
sAnswer is string = wdSocketRead("till", False, 5 s)
SWITCH wdSocketErrorCode()
	CASE WDSOCKET_OK
		Trace("The server answers: " + sAnswer)
	CASE WDSOCKET_ERR_TIMEOUT
		Trace("The server does not answer")
	OTHER CASE
		Trace(ErrorInfo())
END
wdSocketClose("till")
