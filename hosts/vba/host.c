/*
 * Calls the DLL as VBA and VB6 do with the declarations of wdsocket.bas: found by name when it is called for the first
 * time, numbers as Long, texts as StrPtr of a String (UTF-16), messages as VarPtr of their first byte, results as
 * LongPtr. It does what Mistakes in Demo.bas does, and is stricter: it ends with 1 if an answer is another.
 *
 *   x86_64-w64-mingw32-gcc hosts/vba/host.c -o host.exe    (and i686-w64-mingw32-gcc), beside wdsocket.dll
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <windows.h>

typedef int32_t Long;
typedef intptr_t LongPtr;
#define StrPtr(text) ((LongPtr)(text))
#define VarPtr(bytes) ((LongPtr)(bytes))

/* Public Declare PtrSafe Function NAME Lib "wdsocket.dll" Alias "ALIAS" (…) As LongPtr */
#define DECLARE(name, alias, ...) static LongPtr(__stdcall *name)(__VA_ARGS__);
#define FOUND(name, alias, ...) \
    if ((name = (LongPtr(__stdcall *)(__VA_ARGS__))(void *)GetProcAddress(library, #alias)) == NULL) \
        return printf("wdsocket.dll has no " #alias "\n"), 1;
#define FUNCTIONS(DO) \
    DO(SocketCreate, SocketCreateW, LongPtr, Long, LongPtr) \
    DO(SocketConnect, SocketConnectW, LongPtr, Long, LongPtr, Long) \
    DO(SocketWaitForConnection, SocketWaitForConnectionW, LongPtr, Long) \
    DO(SocketAccept, SocketAcceptW, LongPtr, LongPtr, Long) \
    DO(SocketLocalInfo, SocketLocalInfoW, LongPtr, Long, LongPtr, Long) \
    DO(SocketRead, SocketReadW, LongPtr, Long, Long, LongPtr, Long) \
    DO(SocketWrite, SocketWriteW, LongPtr, LongPtr, Long) \
    DO(SocketErrorInfo, SocketErrorInfoW, LongPtr, Long) \
    DO(SocketErrorCode, SocketErrorCode, void) \
    DO(SocketCloseAll, SocketCloseAll, void)
FUNCTIONS(DECLARE)

static int failed;

static void expect(const char *what, int right)
{
    wchar_t text[4096];

    printf("%s: %s\n", what, right ? "as it should" : "WRONG");
    if (!right) {
        failed = 1;
        SocketErrorInfo(StrPtr(text), 4096);
        printf("  %ls\n", text);
    }
}

static int refused(LongPtr answer, Long code, const wchar_t *words)
{
    wchar_t text[4096];

    if (answer != 0 || SocketErrorCode() != code || SocketErrorInfo(StrPtr(text), 4096) <= 0)
        return 0;
    printf("  %ls\n", text);
    return wcsstr(text, words) != NULL;
}

int main(void)
{
    static const char accents[] = "Li\xc3\xa8ge, 10 \xe2\x82\xac";
    HMODULE library = LoadLibraryA("wdsocket.dll");
    wchar_t port[4096], channel[256], padded[] = L"client   ";
    unsigned char data[65536];

    if (library == NULL)
        return printf("wdsocket.dll is not beside the program (error %lu)\n", GetLastError()), 1;
    FUNCTIONS(FOUND)
    expect("SocketCreate", SocketCreate(StrPtr(L"serv\x00e9r"), 0, StrPtr(L"127.0.0.1")) == 1);
    expect("SocketLocalInfo", SocketLocalInfo(StrPtr(L"serv\x00e9r"), 2, StrPtr(port), 4096) > 0);
    expect("SocketConnect", SocketConnect(StrPtr(L"client"), (Long)wcstol(port, NULL, 10), StrPtr(L"127.0.0.1"), 20000) == 1);
    expect("SocketWaitForConnection", SocketWaitForConnection(StrPtr(L"serv\x00e9r"), 50) == 1);
    expect("SocketAccept", SocketAccept(StrPtr(L"serv\x00e9r"), StrPtr(channel), 256) > 0);
    expect("accents", SocketWrite(StrPtr(L"client"), VarPtr(accents), sizeof accents - 1) == 1 &&
        SocketRead(StrPtr(channel), 0, 20000, VarPtr(data), sizeof data) == sizeof accents - 1 &&
        memcmp(data, accents, sizeof accents - 1) == 0);
    expect("zero inside", SocketWrite(StrPtr(L"client"), VarPtr("a\0b"), 3) == 1 &&
        SocketRead(StrPtr(channel), 0, 20000, VarPtr(data), sizeof data) == 3 && memcmp(data, "a\0b", 3) == 0);
    expect("no port", refused(SocketConnect(StrPtr(L"other"), 70000, StrPtr(L"127.0.0.1"), 5000), 1, L"70000"));
    expect("blank behind a name", refused(SocketWrite(StrPtr(padded), VarPtr("x"), 1), 2, L"\"client   \""));
    expect("time", SocketRead(StrPtr(channel), 0, 50, VarPtr(data), sizeof data) == -4);
    expect("SocketCloseAll", SocketCloseAll() == 3);
    return failed;
}
