// A simplified server: one client at a time, and one name for everything. The first read takes the client.
// Start it with ThreadExecute("till", threadNormal, "SimplifiedServer") and end it with wdSocketClose("till").

PROCEDURE SimplifiedServer()
IF NOT wdSocketCreate("till", 4000) THEN
	Trace(ErrorInfo())
	RETURN
END
bOpen is boolean = True
WHILE bOpen
	sOrder is string = wdSocketRead("till")
	SWITCH wdSocketErrorCode()
		CASE WDSOCKET_OK
			Trace(wdSocketClientInfo("till", wdSocketAddress) + " orders: " + sOrder)
			wdSocketWrite("till", "That makes 3 euros")
		CASE WDSOCKET_ERR_CLOSED, WDSOCKET_ERR_LOST
			Trace("The client has left, the next one may come")
		OTHER CASE
			// WDSOCKET_ERR_CANCELLED: wdSocketClose was called
			Trace(ErrorInfo())
			bOpen = False
	END
END
