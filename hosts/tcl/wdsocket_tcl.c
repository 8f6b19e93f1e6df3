/*
 * The extension of Tcl that wdsocket.tcl loads: each function of the header as a command ::wd::NAME, each constant as a variable
 * ::wd::NAME. A C compiler and Tcl's headers build it:
 *
 *   gcc -shared -fPIC -O2 -I/usr/include/tcl8.6 wdsocket_tcl.c -o wdsocket_tcl.so -ldl
 *
 * Text goes and comes as UTF-8, messages as bytes. What a function refuses is an error whose code is {WDSOCKET code}.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <tcl.h>

#define TEXT_SIZE 4097
#define DATA_SIZE 65536
#define IDS 1024
#define TIMEOUT 4
#define BUFFER_TOO_SMALL 13
#define DEFAULT_TIME (-2)

/* A parameter: a number, or a place with its size. */
struct value {
    int32_t number;
    void *place;
};

struct row {
    const char *name, *word, *given;
    intptr_t (*call)(void *at, struct value *values);
};

struct constant {
    const char *name;
    int value;
};

#include "wdsocket_c.h"

#define COUNT (sizeof rows / sizeof *rows)

static void *functions[COUNT];

static void *function_of(const char *name)
{
    for (size_t place = 0; place < COUNT; place++)
        if (strcmp(rows[place].name, name) == 0) return functions[place];
    return NULL;
}

static intptr_t last_code(void) { return ((intptr_t (*)(void))function_of("SocketErrorCode"))(); }

/* The error of the call that this very thread has just made. */
static int failed(Tcl_Interp *tcl, intptr_t code)
{
    char text[2048] = "";
    ((intptr_t (*)(char *, int32_t))function_of("SocketErrorInfo"))(text, sizeof text);
    Tcl_SetObjResult(tcl, Tcl_NewStringObj(text, -1));
    Tcl_SetObjErrorCode(tcl, Tcl_ObjPrintf("WDSOCKET %d", (int)code));
    return TCL_ERROR;
}

/* A text in true UTF-8, which Tcl's own form is not for zeros and rare characters. */
static int text_of(Tcl_Interp *tcl, const char *function, Tcl_Obj *word, Tcl_DString *into)
{
    int length;
    const char *text = Tcl_GetStringFromObj(word, &length);
    Tcl_Encoding utf8 = Tcl_GetEncoding(NULL, "utf-8");
    Tcl_UtfToExternalDString(utf8, text, length, into);
    Tcl_FreeEncoding(utf8);
    if (strlen(Tcl_DStringValue(into)) == (size_t)Tcl_DStringLength(into)) return TCL_OK;
    Tcl_SetObjResult(tcl, Tcl_ObjPrintf("%s: a text holds a zero, where text for C ends: %s", function, Tcl_DStringValue(into)));
    return TCL_ERROR;
}

/* Bytes of a message. A character that is no byte would be cut to one without a word. */
static int bytes_of(Tcl_Interp *tcl, const char *function, Tcl_Obj *word, struct value *value)
{
    int length, place;
    if (word->typePtr == NULL || strcmp(word->typePtr->name, "bytearray") != 0) {
        for (place = 0, length = Tcl_GetCharLength(word); place < length; place++)
            if (Tcl_GetUniChar(word, place) > 255) {
                Tcl_SetObjResult(tcl, Tcl_ObjPrintf("%s: a message is bytes, and this one holds other characters: "
                                                    "[encoding convertto utf-8 $text] makes bytes of a text", function));
                return TCL_ERROR;
            }
    }
    value->place = Tcl_GetByteArrayFromObj(word, &length);
    value->number = length;
    return TCL_OK;
}

static int run(ClientData place, Tcl_Interp *tcl, int count, Tcl_Obj *const words[])
{
    const struct row *row = &rows[(size_t)place];
    void *at = functions[(size_t)place];
    struct value values[8] = {{0, NULL}};
    Tcl_DString texts[8];
    int used = 0, next = 1, number = 0, status = TCL_OK;
    char kind = 0, *buffer = NULL;
    const char *letter, *name;
    intptr_t result = 0, code = 0;

    for (letter = row->word + 1, name = row->given; *letter && status == TCL_OK; letter++, number++) {
        kind = *letter;
        if (strchr("TDI", kind)) {
            size_t size = kind == 'T' ? TEXT_SIZE : kind == 'D' ? DATA_SIZE : IDS * sizeof(int32_t);
            buffer = ckalloc(size);
            values[number] = (struct value){kind == 'I' ? IDS : (int32_t)size, buffer};
            continue;
        }
        if (next >= count) {
            /* Left out at the end: the default time, no options, no text. */
            values[number].number = strncmp(name, "timeout", 7) == 0 ? DEFAULT_TIME : kind == 'd' ? -1 : 0;
            if (kind == 't' && number == 0) status = TCL_ERROR;
        } else if (kind == 'i') {
            status = Tcl_GetIntFromObj(tcl, words[next], &values[number].number);
        } else if (kind == 'd') {
            status = bytes_of(tcl, row->name, words[next], &values[number]);
        } else {
            Tcl_DStringInit(&texts[used]);
            status = text_of(tcl, row->name, words[next], &texts[used]);
            values[number].place = Tcl_DStringValue(&texts[used++]);
        }
        next++;
        name = strchr(name, ' ') ? strchr(name, ' ') + 1 : name + strlen(name);
    }
    if (status == TCL_OK && next >= count) {
        result = row->call(at, values);
        if (kind == 'D' && result == -BUFFER_TOO_SMALL) {
            /* The message has stayed; now its size is known. */
            result = row->word[1] == 't'
                         ? ((intptr_t (*)(const char *))function_of("SocketPending"))(values[0].place)
                         : ((intptr_t (*)(int32_t))function_of("SocketPendingId"))(values[0].number);
            if (result > 0) {
                buffer = ckrealloc(buffer, (unsigned)result);
                values[number - 1] = (struct value){(int32_t)result, buffer};
                result = row->call(at, values);
            }
        }
        if (*row->word == 'y' && result == 0) code = last_code();
        /* That no client came in time is an answer. */
        if (code == TIMEOUT && strncmp(row->name, "SocketWait", 10) == 0) code = 0;
        if (result < 0 || code != 0)
            status = failed(tcl, result < 0 ? -result : code);
        else if (kind == 'D')
            Tcl_SetObjResult(tcl, Tcl_NewByteArrayObj((unsigned char *)buffer, (int)result));
        else if (kind == 'T') {
            Tcl_DString text;
            Tcl_Encoding utf8 = Tcl_GetEncoding(NULL, "utf-8");
            Tcl_ExternalToUtfDString(utf8, buffer, (int)result, &text);
            Tcl_FreeEncoding(utf8);
            Tcl_DStringResult(tcl, &text);
        } else if (kind == 'I') {
            Tcl_Obj *list = Tcl_NewListObj(0, NULL);
            for (intptr_t one = 0; one < result; one++)
                Tcl_ListObjAppendElement(tcl, list, Tcl_NewIntObj(((int32_t *)buffer)[one]));
            Tcl_SetObjResult(tcl, list);
        } else
            Tcl_SetObjResult(tcl, Tcl_NewWideIntObj((Tcl_WideInt)result));
    } else if (status == TCL_OK || next >= count) {
        if (status == TCL_OK || *Tcl_GetStringResult(tcl) == '\0')
            Tcl_SetObjResult(tcl, Tcl_ObjPrintf("%s takes: %s", row->name, row->given));
        status = TCL_ERROR;
    }
    while (used > 0) Tcl_DStringFree(&texts[--used]);
    if (buffer) ckfree(buffer);
    return status;
}

static void close_all(ClientData unused)
{
    (void)unused;
    ((intptr_t (*)(void))function_of("SocketCloseAll"))();
}

int Wdsocket_Init(Tcl_Interp *tcl)
{
    const char *path = getenv("WDSOCKET_LIBRARY");
    void *library = dlopen(path ? path : "libwdsocket.so.0", RTLD_NOW);
    int first = functions[0] == NULL;

    if (library == NULL) {
        Tcl_SetObjResult(tcl, Tcl_ObjPrintf("wdsocket: the library cannot be loaded (%s); set WDSOCKET_LIBRARY to its full path",
                                            dlerror()));
        return TCL_ERROR;
    }
    Tcl_CreateNamespace(tcl, "::wd", NULL, NULL);
    for (size_t place = 0; place < COUNT; place++) {
        Tcl_Obj *name = Tcl_ObjPrintf("::wd::%s", rows[place].name);
        if ((functions[place] = dlsym(library, rows[place].name)) == NULL) {
            Tcl_SetObjResult(tcl, Tcl_ObjPrintf("wdsocket: the library has no %s: it is an older one", rows[place].name));
            return TCL_ERROR;
        }
        Tcl_CreateObjCommand(tcl, Tcl_GetString(name), run, (ClientData)place, NULL);
        Tcl_DecrRefCount(name);
    }
    for (size_t place = 0; place < sizeof constants / sizeof *constants; place++) {
        Tcl_Obj *name = Tcl_ObjPrintf("::wd::%s", constants[place].name);
        Tcl_SetVar2Ex(tcl, Tcl_GetString(name), NULL, Tcl_NewIntObj(constants[place].value), 0);
        Tcl_DecrRefCount(name);
    }
    /* A thread inside C would keep Tcl waiting for it. */
    if (first) Tcl_CreateExitHandler(close_all, NULL);
    return Tcl_PkgProvide(tcl, "wdsocket_c", "0.1");
}
