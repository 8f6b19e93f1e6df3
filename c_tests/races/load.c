/* Loading the library does nothing: no thread, no descriptor, no signal handler; and it stays loaded. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    if (open == NULL)
        return -1;
    while (readdir(open) != NULL)
        count++;
    closedir(open);
    return count;
}

static int same_signal_handlers(struct sigaction *kept, int compare)
{
    int number, same = 1;
    for (number = 1; number < 32; number++) {
        struct sigaction now;
        if (sigaction(number, NULL, &now) != 0)
            continue;
        if (!compare)
            kept[number] = now;
        else if (kept[number].sa_handler != now.sa_handler)
            same = 0;
    }
    return same;
}

int main(int argc, char **argv)
{
    struct sigaction handlers[32];
    int threads = entries("/proc/self/task"), files = entries("/proc/self/fd");
    void *library;
    intptr_t (*version)(char *, int32_t);
    char text[200];
    alarm(60);
    if (argc < 2 || threads < 0 || files < 0) {
        printf("not ok - the_program_starts: it needs the library's path and /proc\n");
        return 1;
    }
    same_signal_handlers(handlers, 0);
    library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        printf("not ok - the_library_loads: %s\n", dlerror());
        return 1;
    }
    if (entries("/proc/self/task") != threads || entries("/proc/self/fd") != files ||
        !same_signal_handlers(handlers, 1)) {
        printf("not ok - loading_starts_no_thread_and_opens_no_descriptor: %d threads, %d descriptors more\n",
               entries("/proc/self/task") - threads, entries("/proc/self/fd") - files);
        return 1;
    }
    printf("ok - loading_starts_no_thread_and_opens_no_descriptor\n");
    *(void **)&version = dlsym(library, "SocketVersion");
    if (version == NULL || version(text, sizeof text) <= 0 || dlclose(library) != 0 ||
        version(text, sizeof text) <= 0) {
        printf("not ok - a_function_works_before_and_after_dlclose: SocketVersion\n");
        return 1;
    }
    printf("ok - a_function_works_before_and_after_dlclose\n");
    return 0;
}
