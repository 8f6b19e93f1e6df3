/* Puts a function of the test's own in the place of one that the DLL takes from the system. */
#ifndef IMPORTS_H
#define IMPORTS_H

#include <windows.h>

/* Every place where wdsocket.dll has this function's address gets the other one; how many there were. `was` gets the
 * system's own, if it is not NULL. */
static inline int replace_import(const char *name, void *by, void **was)
{
    BYTE *base = (BYTE *)GetModuleHandleA("wdsocket.dll");
    IMAGE_NT_HEADERS *headers = (IMAGE_NT_HEADERS *)(base + ((IMAGE_DOS_HEADER *)base)->e_lfanew);
    IMAGE_DATA_DIRECTORY *directory = &headers->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
    IMAGE_IMPORT_DESCRIPTOR *library = (IMAGE_IMPORT_DESCRIPTOR *)(base + directory->VirtualAddress);
    int count = 0;
    for (; library->Name != 0; library++) {
        IMAGE_THUNK_DATA *names = (IMAGE_THUNK_DATA *)(base + library->OriginalFirstThunk);
        IMAGE_THUNK_DATA *places = (IMAGE_THUNK_DATA *)(base + library->FirstThunk);
        for (; names->u1.AddressOfData != 0; names++, places++) {
            DWORD before;
            if (IMAGE_SNAP_BY_ORDINAL(names->u1.Ordinal) ||
                strcmp((char *)((IMAGE_IMPORT_BY_NAME *)(base + names->u1.AddressOfData))->Name, name) != 0)
                continue;
            if (was != NULL && *was == NULL)
                *was = (void *)(ULONG_PTR)places->u1.Function;
            if (!VirtualProtect(&places->u1.Function, sizeof places->u1.Function, PAGE_READWRITE, &before))
                continue;
            places->u1.Function = (ULONG_PTR)by;
            VirtualProtect(&places->u1.Function, sizeof places->u1.Function, before, &before);
            count++;
        }
    }
    return count;
}

#endif
