/* Calls from where a DLL must not wait: its DllMain, when it is loaded and when the process ends.
 *
 * Built twice: with -DAS_DLL the DLL whose DllMain makes the calls, without it the program.
 * Arguments: certificate, root.
 *
 * The program starts itself again, with the word "child" in front: what the DLL saw in that process stands in a file
 * afterwards. */
#include "../tls_family.h"

#define SEEN "loading-seen.txt"

#ifdef AS_DLL

/* Nothing of C's own here: at the end of a process its library may be gone already. */
static void note(HANDLE file, const char *what, intptr_t result, ULONGLONG begun)
{
    char line[1300], text[1024] = "";
    DWORD written;
    intptr_t code = SocketErrorCode();
    SocketErrorInfo(text, sizeof text);
    wsprintfA(line, "%s: %d, code %d, %s, %s\n", what, (int)result, (int)code,
              GetTickCount64() - begun < 2000 ? "at once" : "late", text);
    WriteFile(file, line, (DWORD)lstrlenA(line), &written, NULL);
}

BOOL WINAPI DllMain(HINSTANCE module, DWORD reason, void *ending)
{
    char in[16];
    HANDLE file;
    ULONGLONG begun = GetTickCount64();
    (void)module;
    if (reason != DLL_PROCESS_ATTACH && (reason != DLL_PROCESS_DETACH || ending == NULL))
        return TRUE;
    file = CreateFileA(SEEN, FILE_APPEND_DATA, FILE_SHARE_READ, NULL, OPEN_ALWAYS, 0, NULL);
    if (reason == DLL_PROCESS_ATTACH) {
        note(file, "name", SocketConnect("loaded", 80, "nobody.example", 20000), begun);
        note(file, "server", SocketCreate("loaded", 0, "localhost"), begun);
    } else {
        note(file, "read", SocketRead("client", 0, 5000, in, sizeof in), begun);
        note(file, "write", SocketWrite("client", "hello", 5), begun);
        note(file, "connect", SocketConnectSSL("late", 1, "127.0.0.1", 0, 5000, NULL), begun);
        note(file, "close", SocketClose("client"), begun);
        note(file, "all", SocketCloseAll(), begun);
        note(file, "end", 1, begun);
    }
    CloseHandle(file);
    return TRUE;
}

#else

#include <process.h>

static const char *program;

/* A line of what the DLL saw, without its beginning; empty where it saw nothing of it. */
static const char *seen(const char *what)
{
    static char line[1500];
    FILE *file = fopen(SEEN, "r");
    size_t length = strlen(what);
    if (file == NULL)
        return "";
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, what, length) == 0 && line[length] == ':') {
            fclose(file);
            return line + length + 2;
        }
    fclose(file);
    return "";
}

static void *write_for_ever(void *argument)
{
    sock *client = argument;
    while (S_Write(client, "hello", 5) == 1)
        continue;
    return NULL;
}

static void *read_for_ever(void *argument)
{
    sock *channel = argument;
    static char in[100];
    while (S_Read(channel, 0, 60000, in, sizeof in) >= 0)
        continue;
    return NULL;
}

/* Loads the DLL and ends in the middle of what threads of it do. */
static int child(void)
{
    static sock listener, client, channel;
    if (LoadLibraryA("loading_dll.dll") == NULL || !tls_pair(&listener, &client, &channel))
        return 1;
    thread_start(read_for_ever, &channel);
    thread_start(write_for_ever, &client);
    thread_start(write_for_ever, &channel);
    thread_start(read_for_ever, &client);
    Sleep(300);
    return 7;
}

static void a_host_name_asked_for_in_dllmain_is_refused_at_once_with_the_reason(void)
{
    CHECK(strstr(seen("name"), "0, code 22, at once, ") != NULL);
    CHECK(strstr(seen("name"), "DLL") != NULL);
}

static void a_server_can_be_made_in_dllmain(void)
{
    CHECK(strncmp(seen("server"), "1, code 0, at once", 18) == 0);
}

static void calls_in_a_process_that_ends_are_refused_at_once_with_the_reason(void)
{
    static const char *const calls[] = {"read", "write", "connect", "close", "all"};
    size_t i;
    for (i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        const char *line = seen(calls[i]);
        if (strstr(line, "code 22, at once, Socket") == NULL)
            check_fault(__FILE__, __LINE__, line[0] != '\0' ? line : calls[i]);
    }
    CHECK(seen("end")[0] == '1');
}

int main(int argc, char **argv)
{
    intptr_t ended;
    if (argc > 1 && strcmp(argv[1], "child") == 0) {
        if (!tls_start(argc - 1, argv + 1, 60))
            return 1;
        return child();
    }
    if (!tls_start(argc, argv, 120))
        return 1;
    program = argv[0];
    DeleteFileA(SEEN);
    ended = _spawnl(_P_WAIT, program, program, "child", argv[1], argv[2], NULL);
    check_promise = "a_process_ends_as_it_wants_to";
    if (ended == 7)
        printf("ok - %s\n", check_promise);
    else
        printf("not ok - %s: it ended with %ld\n", check_promise, (long)ended), check_failed_promises++;
    RUN(a_host_name_asked_for_in_dllmain_is_refused_at_once_with_the_reason);
    RUN(a_server_can_be_made_in_dllmain);
    RUN(calls_in_a_process_that_ends_are_refused_at_once_with_the_reason);
    DeleteFileA(SEEN);
    return check_end();
}

#endif
