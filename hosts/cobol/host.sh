# Read by hosts/compiled.sh.
packages="cobc:gnucobol3"
version() { cobc --version | sed -n '1s/^cobc (\(.*\)) /\1 /p'; }
make_demo() { cobc -x -free -fstatic-call -o "$out/demo" demo.cob wdlayer.cob -L"$folder" -lwdsocket && demo=("$out/demo"); }
threads=no
