needs=(mcs:mono-mcs mono:mono-runtime)
linked=yes
prepare() {
    mcs -target:library -out:"$built/Wdsocket.dll" Wdsocket.cs Wdsockets.cs &&
        mcs -r:"$built/Wdsocket.dll" -out:"$built/Demo.exe" Demo.cs
}
demo() { LD_LIBRARY_PATH=$library_folder exec mono "$built/Demo.exe" "$@"; }
mistakes() { demo mistakes "$@"; }
