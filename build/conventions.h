#include <stdint.h>

/* Programs that link libwdsocket.a on Windows define WDSOCKET_STATIC first. */
#if defined(_WIN32) && !defined(WDSOCKET_STATIC)
#define WDSOCKET_API __declspec(dllimport)
#else
#define WDSOCKET_API
#endif

/* The calling convention: stdcall on 32-bit Windows, the platform's own elsewhere. */
#if defined(_WIN32) && !defined(_WIN64)
#define WDSOCKET_CALL __stdcall
#else
#define WDSOCKET_CALL
#endif
