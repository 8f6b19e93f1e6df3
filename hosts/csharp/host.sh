# Read by hosts/compiled.sh.
packages="mcs:mono-mcs mono:mono-runtime"
version() { mono --version | sed -n '1s/^Mono JIT compiler version \([^ ]*\).*/Mono \1/p'; }
make_demo() {
    mcs -target:library -out:"$out/Wdsocket.dll" Wdsocket.cs Wdsockets.cs &&
        mcs -r:"$out/Wdsocket.dll" -out:"$out/Demo.exe" Demo.cs && demo=(mono "$out/Demo.exe")
}
