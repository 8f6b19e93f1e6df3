needs=(gnatmake:gnat)
missing=(wdsocket) # the system looks for it
prepare() { gnatmake -q -gnat2020 -gnatwa -D "$built" -o "$built/demo" demo.adb -largs -L"$library_folder"; }
demo() { LD_LIBRARY_PATH=${WDSOCKET_LIBRARY%/*} exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
