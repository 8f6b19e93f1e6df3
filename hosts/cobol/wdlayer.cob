*> wdsocket for GnuCOBOL: texts that COBOL pads with blanks, and what comes out with blanks behind it.
*> All else is called as wdsocket.cpy says. Each gives what C gives: 1 or 0, or a number or -code.

*> CALL "WDText" USING padded c-text: the text without the blanks at its end and with X"00" behind it.
*> C-TEXT must be longer than PADDED by one. C would take a text that holds a zero up to there, and a name might be
*> another socket's: the program ends.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDText.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 how-many BINARY-LONG VALUE 0.
LINKAGE SECTION.
01 padded PIC X ANY LENGTH.
01 c-text PIC X ANY LENGTH.
PROCEDURE DIVISION USING padded c-text.
    INSPECT padded TALLYING how-many FOR ALL X"00"
    IF how-many > 0
        DISPLAY "wdsocket: a name or text holds a zero" UPON SYSERR
        STOP RUN RETURNING 1
    END-IF
    STRING FUNCTION TRIM(padded TRAILING) X"00" DELIMITED BY SIZE INTO c-text
    MOVE 0 TO RETURN-CODE
    GOBACK.
END PROGRAM WDText.

*> CALL "WDErrorText" USING text RETURNING length: the sentence about the last call.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDErrorText.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 buffer PIC X(4096).
LINKAGE SECTION.
01 error-line PIC X ANY LENGTH.
PROCEDURE DIVISION USING error-line.
    CALL "SocketErrorInfo" USING BY REFERENCE buffer BY VALUE 4096 RETURNING answer
    MOVE SPACES TO error-line
    IF answer > 0 MOVE buffer(1:answer) TO error-line END-IF
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDErrorText.

*> CALL "WDRead" USING name undefined-wait wait-time data RETURNING length: SocketRead, blanks behind the message.
*> Its length tells where it ends: blanks and how-many may be a part of it.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDRead.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 room BINARY-LONG.
01 c-name PIC X(257).
LINKAGE SECTION.
01 sock-name PIC X ANY LENGTH.
01 undefined-wait BINARY-LONG.
01 wait-time BINARY-LONG.
01 buffer PIC X ANY LENGTH.
PROCEDURE DIVISION USING sock-name undefined-wait wait-time buffer.
    CALL "WDText" USING sock-name c-name
    MOVE SPACES TO buffer
    MOVE FUNCTION LENGTH(buffer) TO room
    CALL "SocketRead" USING BY REFERENCE c-name BY VALUE undefined-wait wait-time
        BY REFERENCE buffer BY VALUE room RETURNING answer
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDRead.

*> CALL "WDWrite" USING name data size RETURNING yes: SocketWrite of the first SIZE bytes; -1 = without the
*> blanks at the end.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDWrite.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 how-many BINARY-LONG.
01 c-name PIC X(257).
LINKAGE SECTION.
01 sock-name PIC X ANY LENGTH.
01 buffer PIC X ANY LENGTH.
01 size-given BINARY-LONG.
PROCEDURE DIVISION USING sock-name buffer size-given.
    CALL "WDText" USING sock-name c-name
    MOVE size-given TO how-many
    IF how-many < 0
        MOVE FUNCTION LENGTH(FUNCTION TRIM(buffer TRAILING)) TO how-many
    END-IF
    CALL "SocketWrite" USING BY REFERENCE c-name buffer BY VALUE how-many RETURNING answer
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDWrite.

*> CALL "WDAccept" USING server channel RETURNING length: SocketAccept.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDAccept.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 c-name PIC X(257).
01 buffer PIC X(256).
LINKAGE SECTION.
01 server PIC X ANY LENGTH.
01 channel PIC X ANY LENGTH.
PROCEDURE DIVISION USING server channel.
    CALL "WDText" USING server c-name
    CALL "SocketAccept" USING BY REFERENCE c-name buffer BY VALUE 256 RETURNING answer
    MOVE SPACES TO channel
    IF answer > 0 MOVE buffer(1:answer) TO channel END-IF
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDAccept.

*> CALL "WDLocalInfo" USING name info text RETURNING length: SocketLocalInfo; WDSSLInfo likewise.
IDENTIFICATION DIVISION.
PROGRAM-ID. WDLocalInfo.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 c-name PIC X(257).
01 buffer PIC X(4096).
LINKAGE SECTION.
01 sock-name PIC X ANY LENGTH.
01 info BINARY-LONG.
01 told PIC X ANY LENGTH.
PROCEDURE DIVISION USING sock-name info told.
    CALL "WDText" USING sock-name c-name
    CALL "SocketLocalInfo" USING BY REFERENCE c-name BY VALUE info
        BY REFERENCE buffer BY VALUE 4096 RETURNING answer
    MOVE SPACES TO told
    IF answer > 0 MOVE buffer(1:answer) TO told END-IF
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDLocalInfo.

IDENTIFICATION DIVISION.
PROGRAM-ID. WDSSLInfo.
DATA DIVISION.
LOCAL-STORAGE SECTION.
01 answer BINARY-LONG.
01 c-name PIC X(257).
01 buffer PIC X(4096).
LINKAGE SECTION.
01 sock-name PIC X ANY LENGTH.
01 info BINARY-LONG.
01 told PIC X ANY LENGTH.
PROCEDURE DIVISION USING sock-name info told.
    CALL "WDText" USING sock-name c-name
    CALL "SocketSSLInfo" USING BY REFERENCE c-name BY VALUE info
        BY REFERENCE buffer BY VALUE 4096 RETURNING answer
    MOVE SPACES TO told
    IF answer > 0 MOVE buffer(1:answer) TO told END-IF
    MOVE answer TO RETURN-CODE
    GOBACK.
END PROGRAM WDSSLInfo.
