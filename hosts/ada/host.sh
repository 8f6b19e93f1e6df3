needs=(gnatmake:gnat)
linked=yes
prepare() { gnatmake -q -gnat2020 -gnatwa -D "$built" -o "$built/demo" demo.adb -largs -L"$library_folder"; }
demo() { LD_LIBRARY_PATH=$library_folder exec "$built/demo" "$@"; }
mistakes() { demo mistakes "$@"; }
