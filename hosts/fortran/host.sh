# Read by hosts/compiled.sh.
packages="gfortran:gfortran"
version() { echo "gfortran $(gfortran -dumpfullversion)"; }
make_demo() {
    gfortran -Wall -fopenmp -J"$out" -o "$out/demo" wdsocket.f90 wdsockets.f90 demo.f90 -L"$folder" -lwdsocket &&
        demo=("$out/demo")
}
