# Read by hosts/compiled.sh.
packages="gnatmake:gnat"
version() { gnatmake --version | sed -n '1p'; }
make_demo() { gnatmake -q -gnat2020 -gnatwa -D "$out" -o "$out/demo" demo.adb -largs -L"$folder" && demo=("$out/demo"); }
