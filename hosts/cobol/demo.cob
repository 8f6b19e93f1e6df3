*> demo talk PORT TLS_PORT TRUSTED.pem   talks with a server of each kind
*> demo serve CERTIFICATE.pem            prints its two ports and serves one client of each kind
*> demo mistakes PORT                    what goes wrong first, and what the answer is
IDENTIFICATION DIVISION.
PROGRAM-ID. demo.
DATA DIVISION.
WORKING-STORAGE SECTION.
COPY "wdsocket.cpy".
01 role PIC X(10).
01 argument PIC X(1024).
01 c-file PIC X(1025).
01 port BINARY-LONG.
01 secure-port BINARY-LONG.
01 answer BINARY-LONG.
01 code-shown PIC Z(4)9.
01 length-shown PIC Z(4)9.
*> Names as COBOL has them, with blanks at their ends.
01 sock-name PIC X(20).
01 server-name PIC X(20).
01 channel PIC X(32).
01 c-name PIC X(257).
01 message-text PIC X(1000).
01 reply PIC X(2000).
01 large-text PIC X(70000).
01 told PIC X(200).
01 told-too PIC X(200).
01 error-line PIC X(4096).
01 no-wait BINARY-LONG VALUE 0.
01 twenty-seconds BINARY-LONG VALUE 20000.
01 to-its-end BINARY-LONG VALUE -1.
01 info BINARY-LONG.
01 caption PIC X(40).

PROCEDURE DIVISION.
    ACCEPT role FROM ARGUMENT-VALUE
    EVALUATE role
        WHEN "talk" PERFORM talk
        WHEN "serve" PERFORM serve
        WHEN "mistakes" PERFORM mistakes
        WHEN OTHER STOP RUN RETURNING 2
    END-EVALUATE
    *> Without a number it would be the result of the last CALL.
    STOP RUN RETURNING 0.

talk.
    ACCEPT argument FROM ARGUMENT-VALUE
    MOVE FUNCTION NUMVAL(argument) TO port
    ACCEPT argument FROM ARGUMENT-VALUE
    MOVE FUNCTION NUMVAL(argument) TO secure-port
    ACCEPT argument FROM ARGUMENT-VALUE
    CALL "WDText" USING argument c-file

    CALL "SocketConnect" USING z"clear" BY VALUE port BY REFERENCE z"127.0.0.1" BY VALUE 20000 RETURNING answer
    PERFORM must
    MOVE "clear" TO sock-name
    PERFORM ask
    DISPLAY "client: " reply(1:answer)

    CALL "SocketSetText" USING z"secure" BY VALUE SSLCaFile BY REFERENCE c-file RETURNING answer
    PERFORM must
    CALL "SocketConnectSSL" USING z"secure" BY VALUE secure-port BY REFERENCE z"localhost" BY VALUE 0 20000
        BY REFERENCE OMITTED RETURNING answer
    PERFORM must
    MOVE "secure" TO sock-name
    MOVE SSLProtocol TO info
    CALL "WDSSLInfo" USING sock-name info told
    PERFORM ask
    DISPLAY "TLS: " FUNCTION TRIM(told) " " reply(1:answer)

    *> One that does not know who signed the certificate.
    CALL "SocketConnectSSL" USING z"stranger" BY VALUE secure-port BY REFERENCE z"localhost" BY VALUE 0 20000
        BY REFERENCE OMITTED RETURNING answer
    CALL "SocketErrorCode" RETURNING answer
    MOVE answer TO code-shown
    CALL "WDErrorText" USING error-line
    DISPLAY "not trusted: " FUNCTION TRIM(code-shown) " " FUNCTION TRIM(error-line).

ask.
    MOVE "Zoë" TO message-text
    CALL "WDWrite" USING sock-name message-text to-its-end RETURNING answer
    PERFORM must
    CALL "WDRead" USING sock-name no-wait twenty-seconds reply RETURNING answer
    PERFORM counted.

serve.
    ACCEPT argument FROM ARGUMENT-VALUE
    CALL "WDText" USING argument c-file
    CALL "SocketCreate" USING z"server" BY VALUE 0 BY REFERENCE z"127.0.0.1" RETURNING answer
    PERFORM must
    CALL "SocketCreateSSL" USING z"secure server" BY VALUE 0 BY REFERENCE c-file BY VALUE 0
        BY REFERENCE z"127.0.0.1" OMITTED RETURNING answer
    PERFORM must
    MOVE SocketPort TO info
    MOVE "server" TO server-name
    CALL "WDLocalInfo" USING server-name info told
    MOVE "secure server" TO server-name
    CALL "WDLocalInfo" USING server-name info told-too
    DISPLAY FUNCTION TRIM(told) " " FUNCTION TRIM(told-too)
    CALL "fflush" USING BY VALUE 0
    MOVE "server" TO server-name
    PERFORM greet
    MOVE "secure server" TO server-name
    PERFORM greet.

greet.
    CALL "WDText" USING server-name c-name
    CALL "SocketWaitForConnection" USING c-name BY VALUE 20000 RETURNING answer
    PERFORM must
    CALL "WDAccept" USING server-name channel RETURNING answer
    PERFORM counted
    CALL "WDRead" USING channel no-wait twenty-seconds message-text RETURNING answer
    PERFORM counted
    STRING "Welcome, " message-text(1:answer) "!" DELIMITED BY SIZE INTO reply
    ADD 10 TO answer
    CALL "WDWrite" USING channel reply answer RETURNING answer
    PERFORM must
    *> Until the client has left.
    CALL "WDRead" USING channel no-wait twenty-seconds message-text RETURNING answer
    CALL "WDText" USING channel c-name
    CALL "SocketClose" USING c-name.

*> What goes wrong first, with a server that greets.
mistakes.
    ACCEPT argument FROM ARGUMENT-VALUE
    MOVE FUNCTION NUMVAL(argument) TO port
    CALL "SocketConnect" USING z"till" BY VALUE port BY REFERENCE z"127.0.0.1" BY VALUE 20000 RETURNING answer
    PERFORM must
    MOVE "till" TO sock-name
    MOVE "Grüße" TO message-text
    CALL "WDWrite" USING sock-name message-text to-its-end RETURNING answer
    PERFORM must
    CALL "WDRead" USING sock-name no-wait twenty-seconds reply RETURNING answer
    PERFORM counted
    DISPLAY "accents: " reply(1:answer)

    STRING "a" X"00" "b" DELIMITED BY SIZE INTO message-text
    MOVE 3 TO answer
    CALL "WDWrite" USING sock-name message-text answer RETURNING answer
    PERFORM must
    CALL "WDRead" USING sock-name no-wait twenty-seconds reply RETURNING answer
    PERFORM counted
    MOVE answer TO length-shown
    DISPLAY "zero inside: " FUNCTION TRIM(length-shown) " bytes"

    *> A field has a fixed size: one that is to take a large message is declared so.
    MOVE ALL "x" TO large-text
    MOVE 65536 TO answer
    CALL "WDWrite" USING sock-name large-text answer RETURNING answer
    PERFORM must
    CALL "WDRead" USING sock-name no-wait twenty-seconds large-text RETURNING answer
    PERFORM counted
    MOVE answer TO length-shown
    DISPLAY "large: " FUNCTION TRIM(length-shown)

    *> The layer takes the blanks off; the bare call names them.
    CALL "SocketWrite" USING z"till " message-text BY VALUE 1 RETURNING answer
    MOVE "blank behind a name" TO caption
    PERFORM tried
    CALL "SocketConnect" USING z"other" BY VALUE 1 BY REFERENCE z"127.0.0.1" BY VALUE 20000 RETURNING answer
    MOVE "wrong port" TO caption
    PERFORM tried
    CALL "SocketConnect" USING z"other" BY VALUE 70000 BY REFERENCE z"127.0.0.1" BY VALUE 20000 RETURNING answer
    MOVE "no port" TO caption
    PERFORM tried
    DISPLAY "zero in a name: "
    STRING "ti" X"00" "ll" DELIMITED BY SIZE INTO sock-name
    CALL "WDWrite" USING sock-name message-text to-its-end RETURNING answer.

*> Ends the program with the library's error-line, unless a yes/no function said 1.
must.
    IF answer NOT = 1 PERFORM give-up END-IF.

*> The same unless it is a number, 0 or more.
counted.
    IF answer < 0 PERFORM give-up END-IF.

give-up.
    CALL "WDErrorText" USING error-line
    DISPLAY FUNCTION TRIM(error-line)
    STOP RUN RETURNING 1.

tried.
    IF answer = 1
        DISPLAY FUNCTION TRIM(caption) ": no error"
    ELSE
        CALL "WDErrorText" USING error-line
        DISPLAY FUNCTION TRIM(caption) ": " FUNCTION TRIM(error-line)
    END-IF.
